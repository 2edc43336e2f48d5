//! One round of a test: its function on a thread of its own, with a profile around it.

use super::output::{self, Sink};
use super::threads;
use crate::engine;
use crate::profile::{self, Refused, Snapshot};
use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use test::test::ShouldPanic;
use test::{black_box, TestDesc};

/// What a test function returns: it differs between toolchains.
pub trait Outcome: Send + 'static {
    /// Why the test has failed.
    fn error(&self) -> Option<&str>;
}

impl Outcome for () {
    fn error(&self) -> Option<&str> {
        None
    }
}

impl Outcome for Result<(), String> {
    fn error(&self) -> Option<&str> {
        self.as_ref().err().map(String::as_str)
    }
}

/// A round that has ended.
pub struct Round<R> {
    /// What the test returned or panicked with.
    pub value: thread::Result<R>,
    /// What its profile has seen. None: there was none to be had.
    pub snapshot: Result<Option<Snapshot>, Refused>,
    /// How many threads it has left running.
    pub left: usize,
}

/// Run the test, with its output going to `sink`. None: it had not ended after `patience`; its thread is abandoned.
pub fn run<R: Outcome>(
    desc: &TestDesc,
    sink: Option<Sink>,
    patience: Option<Duration>,
    test: impl FnOnce() -> R + Send + 'static,
) -> Option<Round<R>> {
    let should_panic = desc.should_panic;
    let before = threads::list();
    let done = Arc::new(AtomicBool::new(false));
    let (is_done, waiting) = (Arc::clone(&done), thread::current());
    let body = move || {
        output::capture(sink);
        let opened = profile::open();
        let value = panic::catch_unwind(AssertUnwindSafe(|| __rust_begin_short_backtrace(test)));
        let value = value.map_err(|payload| keep(payload, should_panic));
        is_done.store(true, Ordering::Release);
        waiting.unpark();
        (value, opened)
    };
    // The name that libtest gives it; a test may ask for it.
    let thread = match thread::Builder::new().name(desc.name.as_slice().to_owned()).spawn(body) {
        Ok(thread) => thread,
        Err(error) => panic!("failed to spawn thread to run test: {}", error),
    };
    if let Some(patience) = patience {
        let deadline = Instant::now() + patience;
        while !done.load(Ordering::Acquire) {
            match deadline.checked_duration_since(Instant::now()) {
                Some(rest) if rest > Duration::from_secs(0) => thread::park_timeout(rest),
                _ => {
                    drop(profile::close());
                    return None;
                }
            }
        }
    }
    let (value, opened) = thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload));
    // The thread is gone, and what its destructors have freed is freed.
    let left = {
        let _left_out = engine::leave_out();
        threads::settle(&before)
    };
    let snapshot = opened.map(|()| profile::close());
    Some(Round { value, snapshot, left })
}

/// The frame at which short backtraces end: below it is only the harness.
#[inline(never)]
fn __rust_begin_short_backtrace<R>(test: impl FnOnce() -> R) -> R {
    // Not the function's last act, or the frame would be gone.
    black_box(test())
}

/// What a test has panicked with, for libtest to judge, in memory that is not the test's.
fn keep(payload: Box<dyn Any + Send>, should_panic: ShouldPanic) -> Box<dyn Any + Send> {
    let _left_out = engine::leave_out();
    if let Some(message) = payload.downcast_ref::<String>() {
        Box::new(message.clone())
    } else if let Some(message) = payload.downcast_ref::<&'static str>() {
        Box::new(*message)
    } else if should_panic == ShouldPanic::Yes {
        // Whatever it was, it will do.
        Box::new(())
    } else {
        payload
    }
}

/// Why libtest will say that the test has failed, in one line.
pub fn failure<R: Outcome>(should_panic: ShouldPanic, value: &thread::Result<R>) -> Option<String> {
    let (verb, message) = match value {
        Ok(value) => match value.error() {
            Some(error) => ("returned an error", Some(error)),
            None if should_panic == ShouldPanic::No => return None,
            None => return Some(String::from("did not panic")),
        },
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            ("panicked", text.or_else(|| payload.downcast_ref::<&'static str>().copied()))
        }
    };
    match should_panic {
        ShouldPanic::Yes => return None,
        ShouldPanic::YesWithMessage(expected) if message.map_or(false, |message| message.contains(expected)) => {
            return None;
        }
        _ => {}
    }
    let first_line = message.and_then(|message| message.lines().next());
    Some(first_line.map_or_else(|| verb.to_owned(), |line| format!("{}: {}", verb, shortened(line))))
}

fn shortened(line: &str) -> String {
    line.chars().take(200).collect()
}
