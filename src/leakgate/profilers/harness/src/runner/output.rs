//! Where a test's output goes: into a buffer for libtest, without counting for the test; nowhere, from the second round on.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::mem;
use std::os::raw::c_int;
use std::os::unix::io::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};

/// What a thread's output is appended to: libtest's type for it.
pub type Sink = Arc<Mutex<Vec<u8>>>;

/// How much a test can print before the buffer grows while its profile is open. Address space only, until it is written
/// to. More than glibc's limit for blocks that change its allocation strategy when they are freed (32 MiB).
const ROOM: usize = 64 << 20;
/// A buffer in which more than this has been written is not kept.
const KEEP: usize = 1 << 20;

/// A buffer with room, handed from test to test.
#[derive(Default)]
pub struct Room(Vec<u8>);

impl Room {
    /// Call `f` with a sink that does not have to grow, or with none if output is not to be `captured`. Returns what came
    /// into the sink, too.
    pub fn lend<R>(&mut self, captured: bool, f: impl FnOnce(Option<Sink>) -> R) -> (R, Vec<u8>) {
        if !captured {
            return (f(None), Vec::new());
        }
        let mut room = mem::take(&mut self.0);
        // Where address space is short, whatever there is of it.
        let _ = room.try_reserve(ROOM).or_else(|_| room.try_reserve(KEEP));
        let sink = Arc::new(Mutex::new(room));
        let result = f(Some(Arc::clone(&sink)));
        // A thread that the test has left may still print.
        let mut written = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let copy = written.clone();
        let mut room = mem::take(&mut *written);
        if room.len() <= KEEP {
            room.clear();
            self.0 = room;
        }
        (result, copy)
    }
}

/// The sink that captures this thread's output.
pub fn current() -> Option<Sink> {
    let sink = io::set_output_capture(None)?;
    io::set_output_capture(Some(sink.clone()));
    Some(sink)
}

/// Write to where this thread's output goes.
pub fn pass_on(output: &[u8]) {
    match current() {
        Some(sink) => sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(output),
        None => drop(io::stderr().write_all(output)),
    }
}

/// Capture this thread's output, and that of the threads that it starts.
pub fn capture(sink: Option<Sink>) {
    io::set_output_capture(sink);
}

extern "C" {
    fn dup2(old: c_int, new: c_int) -> c_int;
}

/// While it lives, what the process writes to standard output and standard error past any capture is discarded.
pub struct Silence {
    /// The two streams, and where they went before.
    kept: Vec<(RawFd, OwnedFd)>,
}

impl Silence {
    pub fn begin() -> Self {
        let _ = io::stdout().flush();
        let mut kept = Vec::new();
        if let Ok(null) = OpenOptions::new().write(true).open("/dev/null") {
            let streams = [io::stdout().as_fd().try_clone_to_owned(), io::stderr().as_fd().try_clone_to_owned()];
            for (stream, copy) in [io::stdout().as_raw_fd(), io::stderr().as_raw_fd()].iter().zip(streams) {
                if let Ok(copy) = copy {
                    point(*stream, null.as_raw_fd());
                    kept.push((*stream, copy));
                }
            }
        }
        Silence { kept }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _ = io::stdout().flush();
        for (stream, copy) in &self.kept {
            point(*stream, copy.as_raw_fd());
        }
    }
}

/// Let a standard stream go where `to` goes.
fn point(stream: RawFd, to: RawFd) {
    // SAFETY: both are open, and the number that changes its meaning is owned by nobody: it is a standard stream's.
    unsafe { dup2(to, stream) };
}
