use crossbeam_channel::{unbounded, Receiver, Sender};
use futures::future::BoxFuture;
use futures::task::{waker, ArcWake};
use futures::FutureExt;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::task::Context;

struct Wake {
    task: usize,
    ready: Sender<usize>,
}

impl ArcWake for Wake {
    fn wake_by_ref(wake: &Arc<Self>) {
        let _ = wake.ready.send(wake.task);
    }
}

pub struct Executor {
    tasks: RefCell<HashMap<usize, BoxFuture<'static, ()>>>,
    sender: Sender<usize>,
    ready: Receiver<usize>,
}

impl Default for Executor {
    fn default() -> Self {
        let (sender, ready) = unbounded();
        Self { tasks: RefCell::default(), sender, ready }
    }
}

impl Executor {
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.borrow().keys().max().map_or(0, |last| last + 1);
        self.tasks.borrow_mut().insert(task, future.boxed());
        let _ = self.sender.send(task);
    }

    /// Runs until no task can go on.
    pub fn run(&self) {
        while let Ok(task) = self.ready.try_recv() {
            let Some(mut future) = self.tasks.borrow_mut().remove(&task) else { continue };
            let waker = waker(Arc::new(Wake { task, ready: self.sender.clone() }));
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                self.tasks.borrow_mut().insert(task, future);
            }
        }
    }
}
