//! Measuring a process that runs libtest as it is: for a toolchain that lets us add the allocator but not the runner.
//!
//! One test a process. The profile is opened at the first allocation off the main thread, which is where libtest starts
//! the test, and closed when the process exits. So libtest's own allocations on that thread count, 10 KB at t-gmax (the
//! channel for the result); those on the main thread do not.

use crate::{alloc, engine, profile, raw};
use std::alloc::{GlobalAlloc, Layout};
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::os::raw::{c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

/// Names the file for the raw profile. Not set: nothing is measured.
const VARIABLE: &[u8] = b"LEAKGATE_HARNESS_FALLBACK_FILE\0";

/// Nothing has been allocated yet.
const NEW: u8 = 0;
/// The main thread has allocated; a profile is wanted.
const WAITING: u8 = 1;
/// Nothing is left to do here: a profile is open, or none is wanted.
const SETTLED: u8 = 2;
static STATE: AtomicU8 = AtomicU8::new(NEW);
/// The main thread, by what `pthread_self` says.
static MAIN: AtomicUsize = AtomicUsize::new(0);
/// The value of `VARIABLE`, copied: the program may change its environment.
static FILE: AtomicPtr<c_char> = AtomicPtr::new(std::ptr::null_mut());

extern "C" {
    fn atexit(handler: extern "C" fn()) -> c_int;
    fn getenv(name: *const c_char) -> *mut c_char;
    fn pthread_self() -> usize;
    fn strdup(text: *const c_char) -> *mut c_char;
}

/// The crate's allocator, which also sees to it that the profile is opened.
pub struct Allocator;

// SAFETY: it is `alloc::Allocator`; what is done before does not allocate from it.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        notice();
        // SAFETY: the caller's contract is the same.
        unsafe { alloc::Allocator.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        notice();
        // SAFETY: as above.
        unsafe { alloc::Allocator.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { alloc::Allocator.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { alloc::Allocator.realloc(block, layout, new_size) }
    }
}

#[inline(always)]
fn notice() {
    if STATE.load(Ordering::Acquire) != SETTLED {
        settle();
    }
}

#[cold]
#[inline(never)]
fn settle() {
    // SAFETY: no preconditions.
    let this = unsafe { pthread_self() };
    if STATE.load(Ordering::Acquire) == NEW {
        // Rust's runtime allocates before `main`, and so before any thread of the program's is there.
        // SAFETY: a C string; `strdup` copies what `getenv` returns before anybody can change it.
        unsafe {
            let file = getenv(VARIABLE.as_ptr().cast());
            if file.is_null() {
                STATE.store(SETTLED, Ordering::Release);
                return;
            }
            FILE.store(strdup(file), Ordering::Relaxed);
        }
        MAIN.store(this, Ordering::Relaxed);
        mem::forget(engine::leave_out());
        STATE.store(WAITING, Ordering::Release);
    } else if MAIN.load(Ordering::Relaxed) != this
        && STATE.compare_exchange(WAITING, SETTLED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    {
        // SAFETY: a function that stays.
        if profile::open().is_ok() && unsafe { atexit(finish) } != 0 {
            drop(profile::close());
        }
    }
}

/// The process exits: close the profile and write it. If that fails the file is missing, which leakgate reports.
extern "C" fn finish() {
    if let (Some(snapshot), file) = (profile::close(), FILE.load(Ordering::Relaxed)) {
        // SAFETY: `strdup` made it, or it is null for want of memory, and nobody frees it.
        if let Some(file) = (!file.is_null()).then(|| unsafe { CStr::from_ptr(file) }) {
            if let Err(error) = write(&snapshot, Path::new(OsStr::from_bytes(file.to_bytes()))) {
                eprintln!("leakgate: {}: {}", file.to_string_lossy(), error);
            }
        }
    }
}

fn write(snapshot: &profile::Snapshot, file: &Path) -> io::Result<()> {
    let mut content = Vec::new();
    raw::write_header(&mut content)?;
    raw::write_modules(&mut content)?;
    snapshot.write("process", &mut content)?;
    File::create(file)?.write_all(&content)
}
