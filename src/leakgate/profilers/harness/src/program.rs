//! Measuring a program: one profile from before `main` to the end of the process.
//!
//! It is written when the process exits, on SIGTERM and SIGINT if the program leaves these to the system (it then dies
//! of them as it would have), and, without an end to it, on SIGUSR1 or SIGUSR2. A signal of which the program has a
//! handler is the program's, also where its handler calls ours as its predecessor, as signal-hook's do.
//!
//! A handler may do next to nothing, so ours wakes a thread that was started before `main`. That thread gets no signals,
//! and what it allocates does not count.
//!
//! The profiles' directory is taken out of the environment, so that the program's children do not write there. A forked
//! child has no profile and dies of signals as if we were not there.

use crate::signals::{self, Semaphore, INTERRUPT, TERMINATE, USER};
use crate::{engine, profile, raw};
use std::ffi::{CStr, OsStr};
use std::fs;
use std::io::{self, Write};
use std::mem;
use std::os::raw::{c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names a directory for what is written, which is not there yet: of several programs the first to make it is measured.
/// Not set: none is.
const VARIABLE: &[u8] = b"LEAKGATE_PROGRAM_DIR\0";

static DIRECTORY: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// The process that is measured: a forked child is another.
static PROCESS: AtomicU32 = AtomicU32::new(0);
/// The signals that have come and are not attended to, a bit each.
static CAME: AtomicU32 = AtomicU32::new(0);
static WAKE: Semaphore = Semaphore::new();
/// Held while a profile is written; how many were written on demand.
static WRITTEN: Mutex<u32> = Mutex::new(0);

extern "C" {
    fn atexit(handler: extern "C" fn()) -> c_int;
    fn getenv(name: *const c_char) -> *mut c_char;
    fn unsetenv(name: *const c_char) -> c_int;
    fn strdup(text: *const c_char) -> *mut c_char;
}

/// The loader calls this before `main`, when there is only one thread.
#[used]
#[cfg_attr(target_os = "linux", link_section = ".init_array")]
#[cfg_attr(target_os = "macos", link_section = "__DATA,__mod_init_func")]
static BEFORE_MAIN: extern "C" fn() = begin;

extern "C" fn begin() {
    // SAFETY: a C string. `strdup` copies what `getenv` returns before it goes, and there is no other thread.
    let directory = unsafe {
        let found = getenv(VARIABLE.as_ptr().cast());
        if found.is_null() {
            return;
        }
        let copy = strdup(found);
        unsetenv(VARIABLE.as_ptr().cast());
        copy
    };
    if directory.is_null() {
        return;
    }
    DIRECTORY.store(directory, Ordering::Relaxed);
    PROCESS.store(process::id(), Ordering::Relaxed);
    match fs::create_dir(path()) {
        // Another process that was started with the same environment is measured.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return,
        Err(error) => return complain(&format_args!("{}: {}", path().display(), error)),
        Ok(()) => {}
    }
    let _ours = engine::leave_out();
    measure();
    // Last, so that whoever has read it may send signals. It tells that there was something to measure; without profiles
    // beside it, that it went wrong.
    let mut program = format!("{}\n", process::id()).into_bytes();
    program.extend_from_slice(std::env::current_exe().unwrap_or_default().as_os_str().as_bytes());
    keep("program", &program);
}

/// Open the profile, and see to it that it is written.
fn measure() {
    // SAFETY: a function that stays.
    if let Err(error) = profile::open() {
        return complain(&error);
    } else if unsafe { atexit(at_exit) } != 0 {
        return;
    }
    // SAFETY: here, once, before the handlers and the thread that use it.
    if unsafe { WAKE.init() } && signals::spawn_deaf(attend) {
        for signal in [INTERRUPT, TERMINATE].iter().chain(&USER) {
            signals::handle_if_default(*signal, notice);
        }
    }
}

/// Our handler for all signals. Nothing in it may allocate or wait.
extern "C" fn notice(signal: c_int) {
    if !signals::is_handled_by(signal, notice) {
        return;
    }
    if is_forked() {
        signals::die_of(signal);
    }
    CAME.fetch_or(1 << signal, Ordering::Release);
    // SAFETY: it was initialised before this handler was installed.
    unsafe { WAKE.post() };
}

/// The thread that does what the handler may not.
extern "C" fn attend(_: *mut c_void) -> *mut c_void {
    mem::forget(engine::leave_out());
    loop {
        // SAFETY: it was initialised before this thread was started.
        unsafe { WAKE.wait() };
        let came = CAME.swap(0, Ordering::Acquire);
        if USER.iter().any(|signal| came & 1 << signal != 0) {
            write_now();
        }
        if let Some(signal) = [TERMINATE, INTERRUPT].iter().find(|signal| came & 1 << **signal != 0) {
            // Kept to the end: a thread that exits meanwhile waits here.
            let _turn = turn();
            write_last();
            signals::die_of(*signal);
        }
    }
}

extern "C" fn at_exit() {
    if !is_forked() {
        let _turn = turn();
        write_last();
    }
}

fn is_forked() -> bool {
    PROCESS.load(Ordering::Relaxed) != process::id()
}

fn turn() -> MutexGuard<'static, u32> {
    WRITTEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The profile up to now, under the next number.
fn write_now() {
    let mut written = turn();
    if let Some(text) = profile::peek("now") {
        *written += 1;
        write(&format!("{}.raw", *written), &text);
    }
}

/// The whole profile, unless that was done before.
fn write_last() {
    if let Some(snapshot) = profile::close() {
        let mut text = Vec::new();
        // Writing to a `Vec` does not fail.
        let _ = snapshot.write("end", &mut text);
        write("end.raw", &text);
    }
}

fn write(name: &str, profile: &[u8]) {
    let mut content = Vec::new();
    // Writing to a `Vec` does not fail.
    let _ = raw::write_header(&mut content).and_then(|()| raw::write_modules(&mut content));
    content.extend_from_slice(profile);
    keep(name, &content);
}

fn path() -> &'static Path {
    // SAFETY: `strdup` made it, it is stored before anything else is done, and nobody frees it.
    let directory = unsafe { CStr::from_ptr(DIRECTORY.load(Ordering::Relaxed)) };
    Path::new(OsStr::from_bytes(directory.to_bytes()))
}

/// Write a file so that whoever finds it finds all of it. If that fails it is missing, which leakgate reports.
fn keep(name: &str, content: &[u8]) {
    let directory = path();
    let unfinished = directory.join(format!(".{}", name));
    let written = fs::write(&unfinished, content).and_then(|()| fs::rename(&unfinished, directory.join(name)));
    if let Err(error) = written {
        complain(&format_args!("{}: {}", directory.join(name).display(), error));
    }
}

/// Say it, if anybody listens.
fn complain(what: &dyn std::fmt::Display) {
    let _ = writeln!(io::stderr(), "leakgate: {}", what);
}
