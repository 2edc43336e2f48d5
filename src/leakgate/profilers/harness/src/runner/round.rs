//! One round of a test: its function on a thread of its own, with a profile around it.

use super::outcome::{Outcome, Told};
use super::output::{self, Sink};
use super::threads;
use crate::engine;
use crate::profile::{self, Refused, Snapshot};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use test::{black_box, TestDesc};

/// A round that has ended.
pub struct Round {
    /// What the test returned or panicked with.
    pub told: Told,
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
) -> Option<Round> {
    let before = threads::list();
    let done = Arc::new(AtomicBool::new(false));
    let (is_done, waiting) = (Arc::clone(&done), thread::current());
    let body = move || {
        output::capture(sink);
        let opened = profile::open();
        let value = panic::catch_unwind(AssertUnwindSafe(|| __rust_begin_short_backtrace(test)));
        let told = {
            let _left_out = engine::leave_out();
            Told::of(&value)
        };
        // What it panicked with may be anything, and panic again.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(value)));
        is_done.store(true, Ordering::Release);
        waiting.unpark();
        (told, opened)
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
    let (told, opened) = thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload));
    // The thread is gone, and what its destructors have freed is freed.
    let left = {
        let _left_out = engine::leave_out();
        threads::settle(&before)
    };
    let snapshot = opened.map(|()| profile::close());
    Some(Round { told, snapshot, left })
}

/// The frame at which short backtraces end: below it is only the harness.
#[inline(never)]
fn __rust_begin_short_backtrace<R>(test: impl FnOnce() -> R) -> R {
    // Not the function's last act, or the frame would be gone.
    black_box(test())
}
