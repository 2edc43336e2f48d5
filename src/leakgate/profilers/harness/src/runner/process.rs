//! The functions of the C library that processes need which start and watch one another.

use std::ffi::CString;
use std::io;
use std::os::raw::{c_char, c_int, c_short};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{parent_id, ExitStatusExt};
use std::path::Path;
use std::process::{exit, ExitStatus};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
mod types {
    pub type Count = std::os::raw::c_ulong;
    pub type Mode = u32;
    pub const SIGBUS: i32 = 7;
    pub const SIGSYS: i32 = 31;
}
#[cfg(target_os = "macos")]
mod types {
    pub type Count = std::os::raw::c_uint;
    pub type Mode = u16;
    pub const SIGBUS: i32 = 10;
    pub const SIGSYS: i32 = 12;
}

#[repr(C)]
struct Poll {
    fd: c_int,
    wanted: c_short,
    found: c_short,
}

extern "C" {
    fn atexit(handler: extern "C" fn()) -> c_int;
    fn kill(process: c_int, signal: c_int) -> c_int;
    fn mkfifo(path: *const c_char, mode: types::Mode) -> c_int;
    fn poll(fds: *mut Poll, count: types::Count, milliseconds: c_int) -> c_int;
    fn _exit(code: c_int) -> !;
}

const POLLIN: c_short = 1;
const SIGKILL: c_int = 9;

/// Make a named pipe that only this user can open.
pub fn make_fifo(path: &Path) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: a C string that outlives the call.
    if unsafe { mkfifo(path.as_ptr(), 0o600) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Wait until there is something to read. False: there was nothing for so long.
pub fn readable(fd: c_int, patience: Option<Duration>) -> io::Result<bool> {
    let deadline = patience.map(|patience| Instant::now() + patience);
    loop {
        let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // Rounded up, so as not to wake too early; but who has no patience left waits for nothing.
        let milliseconds = rest.map_or(-1, |rest| ((rest.as_nanos() + 999_999) / 1_000_000).min(1 << 30) as c_int);
        let mut polled = Poll { fd, wanted: POLLIN, found: 0 };
        // SAFETY: one entry, which outlives the call.
        match unsafe { poll(&mut polled, 1, milliseconds) } {
            0 if deadline.map_or(false, |deadline| Instant::now() >= deadline) => return Ok(false),
            0 => {}
            1 => return Ok(true),
            _ => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
}

/// End a process that has not been waited for yet, whatever it is doing.
pub fn end(process: u32) {
    // SAFETY: it touches no memory of ours.
    unsafe { kill(process as c_int, SIGKILL) };
}

/// Be ended with the thread that has started this process; at once, if `parent` is no more.
pub fn end_with_parent(parent: Option<u32>) {
    #[cfg(target_os = "linux")]
    {
        extern "C" {
            fn prctl(option: c_int, signal: usize, _: usize, _: usize, _: usize) -> c_int;
        }
        const PR_SET_PDEATHSIG: c_int = 1;
        // SAFETY: it touches no memory of ours.
        unsafe { prctl(PR_SET_PDEATHSIG, SIGKILL as usize, 0, 0, 0) };
    }
    if parent.map_or(false, |parent| parent != parent_id()) {
        exit(1);
    }
}

/// Call `handler` when this process exits. False: there is no room for another.
pub fn at_exit(handler: extern "C" fn()) -> bool {
    // SAFETY: a function that stays.
    unsafe { atexit(handler) == 0 }
}

/// Exit at once: from a handler that runs at exit already.
pub fn exit_now(code: c_int) -> ! {
    // SAFETY: no preconditions.
    unsafe { _exit(code) }
}

/// How a process ended, in words; None if it exited with 0.
pub fn in_words(status: i32) -> Option<String> {
    let status = ExitStatus::from_raw(status);
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exited with {}", code)),
        (None, Some(signal)) => Some(match name(signal) {
            Some(name) => format!("killed by {}", name),
            None => format!("killed by signal {}", signal),
        }),
        (None, None) => Some(status.to_string()),
    }
}

fn name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        types::SIGBUS => "SIGBUS",
        types::SIGSYS => "SIGSYS",
        _ => return None,
    })
}
