use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

pub type Job = Box<dyn FnOnce() + Send>;

const MOST: usize = 32;

#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    /// Gives the job back when the queue is full.
    pub fn push(&self, job: Job) -> Option<Job> {
        let mut state = self.state.lock().unwrap();
        if state.jobs.len() == MOST {
            return Some(job);
        }
        state.jobs.push_back(job);
        self.changed.notify_one();
        None
    }

    /// The next job; none when the queue is closed and empty.
    pub fn next(&self) -> Option<Job> {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap();
        }
    }

    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
        self.changed.notify_all();
    }
}
