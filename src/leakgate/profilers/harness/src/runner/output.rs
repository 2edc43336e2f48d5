//! Where a test's output goes: into libtest's buffer, without counting for the test; nowhere, from the second round on.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::raw::c_int;
use std::os::unix::io::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex};

/// libtest's buffer for what a test prints.
pub type Sink = Arc<Mutex<Vec<u8>>>;

/// How much a test can print before the buffer grows while its profile is open. Address space only, until it is written
/// to. More than glibc's limit for blocks that change its allocation strategy when they are freed (32 MiB).
const ROOM: usize = 64 << 20;

/// The buffer that captures this thread's output, with room for what the test prints. None: output is not captured.
pub fn sink() -> Option<Sink> {
    let sink = io::set_output_capture(None)?;
    io::set_output_capture(Some(sink.clone()));
    make_room(&sink);
    Some(sink)
}

/// A buffer that nobody reads.
pub fn discard() -> Option<Sink> {
    let sink = Sink::default();
    make_room(&sink);
    Some(sink)
}

fn make_room(sink: &Sink) {
    if let Ok(mut buffer) = sink.lock() {
        // Where address space is short, whatever there is of it.
        let _ = buffer.try_reserve(ROOM).or_else(|_| buffer.try_reserve(ROOM >> 6));
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
