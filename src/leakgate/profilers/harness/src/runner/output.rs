//! Where a test's output goes: into libtest's buffer, without counting for the test; nowhere, from the second round on.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::mem;
use std::os::raw::c_int;
use std::os::unix::io::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a thread's output is appended to: libtest's type for it.
pub type Sink = Arc<Mutex<Vec<u8>>>;

/// How much a test can print before the buffer grows while its profile is open. Address space only, until it is written
/// to. More than glibc's limit for blocks that change its allocation strategy when they are freed (32 MiB).
const ROOM: usize = 64 << 20;
/// A buffer in which more than this has been written is not kept.
const KEEP: usize = 1 << 20;

/// A buffer with room, handed from test to test.
#[derive(Default)]
pub struct Room(Mutex<Vec<u8>>);

impl Room {
    /// Call `f` with a sink that does not have to grow: the one into which libtest captures this thread's output, or one
    /// that nobody reads if the output is to be `discarded`. None if output is not captured.
    pub fn lend<R>(&self, discarded: bool, f: impl FnOnce(Option<Sink>) -> R) -> R {
        let sink = if discarded { Some(Sink::default()) } else { current() };
        if let Some(sink) = &sink {
            let mut room = mem::take(&mut *locked(&self.0));
            // Where address space is short, whatever there is of it.
            let _ = room.try_reserve(ROOM).or_else(|_| room.try_reserve(KEEP));
            *locked(sink) = room;
        }
        let result = f(sink.clone());
        if let Some(sink) = sink {
            let mut written = locked(&sink);
            let copy = written.clone();
            let mut room = mem::replace(&mut *written, copy);
            if room.len() <= KEEP {
                room.clear();
                *locked(&self.0) = room;
            }
        }
        result
    }
}

fn locked(buffer: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    buffer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The sink that captures this thread's output.
fn current() -> Option<Sink> {
    let sink = io::set_output_capture(None)?;
    io::set_output_capture(Some(sink.clone()));
    Some(sink)
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
