//! Where a test's output goes: into libtest's buffer, without counting for the test; nowhere, from the second round on.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::raw::c_int;
use std::os::unix::io::AsRawFd;
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
    fn dup(fd: c_int) -> c_int;
    fn dup2(old: c_int, new: c_int) -> c_int;
    fn close(fd: c_int) -> c_int;
}

const STANDARD: [c_int; 2] = [1, 2];

/// While it lives, what the process writes to standard output and standard error past any capture is discarded.
pub struct Silence {
    kept: [c_int; 2],
}

impl Silence {
    pub fn begin() -> Self {
        let _ = io::stdout().flush();
        let mut kept = [-1; 2];
        if let Ok(null) = OpenOptions::new().write(true).open("/dev/null") {
            for (standard, kept) in STANDARD.iter().zip(&mut kept) {
                // SAFETY: these calls take numbers; `null` is open, and its number is not handed on.
                unsafe {
                    *kept = dup(*standard);
                    if *kept >= 0 {
                        dup2(null.as_raw_fd(), *standard);
                    }
                }
            }
        }
        Silence { kept }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _ = io::stdout().flush();
        for (standard, kept) in STANDARD.iter().zip(&self.kept).filter(|(_, kept)| **kept >= 0) {
            // SAFETY: these calls take numbers; `kept` is ours and is closed once.
            unsafe {
                dup2(*kept, *standard);
                close(*kept);
            }
        }
    }
}
