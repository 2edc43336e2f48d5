//! A pool of one background thread for what may take long.

mod queue;

use std::sync::Arc;
use std::thread::{self, JoinHandle};

pub use queue::Job;
use queue::Queue;

pub struct Pool {
    queue: Arc<Queue>,
    worker: Option<JoinHandle<()>>,
}

impl Default for Pool {
    fn default() -> Self {
        let queue = Arc::new(Queue::default());
        let jobs = Arc::clone(&queue);
        let worker = thread::spawn(move || {
            while let Some(job) = jobs.next() {
                job();
            }
        });
        Self { queue, worker: Some(worker) }
    }
}

impl Pool {
    /// Runs a job in the background, or here when the pool has enough to do.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        if let Some(job) = self.queue.push(Box::new(job)) {
            job();
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(worker) = self.worker.take() {
            worker.join().ok();
        }
    }
}
