use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
struct Shared {
    answer: Option<String>,
    waker: Option<Waker>,
}

/// The shell's end.
pub struct Request(Arc<Mutex<Shared>>);

/// The core's end.
pub struct Answer(Arc<Mutex<Shared>>);

pub fn ask() -> (Request, Answer) {
    let shared = Arc::default();
    (Request(Arc::clone(&shared)), Answer(shared))
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().expect("a request")
}

impl Request {
    pub fn resolve(self, answer: &str) {
        let mut shared = lock(&self.0);
        shared.answer = Some(answer.to_owned());
        if let Some(waker) = shared.waker.take() {
            waker.wake();
        }
    }
}

impl Future for Answer {
    type Output = String;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
        let mut shared = lock(&self.0);
        match shared.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                shared.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
