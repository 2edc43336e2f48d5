//! The few functions of the C library that the engine needs, declared here because the crate has no dependencies.

#![allow(non_camel_case_types)]

use std::os::raw::{c_int, c_void};

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
compile_error!("leakgate's harness knows Linux and macOS only");
#[cfg(not(target_pointer_width = "64"))]
compile_error!("leakgate's harness knows 64-bit targets only");

#[repr(C)]
struct timespec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn mmap(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: i64,
    ) -> *mut c_void;
    fn munmap(address: *mut c_void, length: usize) -> c_int;
    fn clock_gettime(clock: c_int, time: *mut timespec) -> c_int;
}

const PROT_READ_WRITE: c_int = 1 | 2;
const MAP_PRIVATE: c_int = 2;
#[cfg(target_os = "linux")]
mod numbers {
    pub const MAP_ANONYMOUS: i32 = 0x20;
    pub const CLOCK: i32 = 1;
    /// The time of the kernel's last tick: 1 to 10 ms old, a quarter of the price.
    pub const CLOCK_COARSE: i32 = 6;
}
#[cfg(target_os = "macos")]
mod numbers {
    pub const MAP_ANONYMOUS: i32 = 0x1000;
    pub const CLOCK: i32 = 4; // CLOCK_MONOTONIC_RAW
    pub const CLOCK_COARSE: i32 = 5; // CLOCK_MONOTONIC_RAW_APPROX
}

/// Fresh zeroed memory of its own, or None.
pub fn map(bytes: usize) -> Option<*mut u8> {
    // SAFETY: a new private mapping touches nothing that exists.
    let start =
        unsafe { mmap(std::ptr::null_mut(), bytes, PROT_READ_WRITE, MAP_PRIVATE | numbers::MAP_ANONYMOUS, -1, 0) };
    if start as isize == -1 {
        None
    } else {
        Some(start.cast())
    }
}

/// # Safety
/// `start` came from `map` with the same number of bytes, and nothing refers to it any more.
pub unsafe fn unmap(start: *mut u8, bytes: usize) {
    // SAFETY: the caller's word.
    unsafe { munmap(start.cast(), bytes) };
}

/// Microseconds of a clock that never goes back.
pub fn now() -> u64 {
    read_clock(numbers::CLOCK)
}

/// The same clock, as of the kernel's last tick.
pub fn now_coarse() -> u64 {
    read_clock(if cfg!(miri) { numbers::CLOCK } else { numbers::CLOCK_COARSE })
}

#[inline]
fn read_clock(clock: c_int) -> u64 {
    let mut time = timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: `time` has the layout that 64-bit systems fill in, and outlives the call.
    unsafe { clock_gettime(clock, &mut time) };
    time.seconds as u64 * 1_000_000 + time.nanoseconds as u64 / 1_000
}

/// Call `child` in each child that this process forks from now on.
pub fn at_fork_in_child(child: extern "C" fn()) {
    #[cfg(not(miri))]
    {
        type Hook = Option<extern "C" fn()>;
        extern "C" {
            fn pthread_atfork(prepare: Hook, parent: Hook, child: Hook) -> c_int;
        }
        // SAFETY: the hook is a function for ever; it only stores to an atomic.
        unsafe { pthread_atfork(None, None, Some(child)) };
    }
    #[cfg(miri)]
    let _ = child;
}

/// The calling thread's stack: lowest and one past the highest address. (0, 0) if the system does not say.
///
/// Neither allocates from Rust's allocator nor keeps a lock that an allocation could want.
pub fn stack_limits() -> (usize, usize) {
    #[cfg(all(target_os = "linux", not(miri)))]
    {
        /// As large as any libc's `pthread_attr_t` on 64-bit Linux (glibc: 56 on x86-64, 64 on aarch64).
        #[repr(C, align(16))]
        struct Attributes([u8; 128]);
        extern "C" {
            fn pthread_self() -> usize;
            fn pthread_getattr_np(thread: usize, attributes: *mut Attributes) -> c_int;
            fn pthread_attr_getstack(attributes: *const Attributes, low: *mut usize, size: *mut usize) -> c_int;
            fn pthread_attr_destroy(attributes: *mut Attributes) -> c_int;
        }
        let mut attributes = Attributes([0; 128]);
        let (mut low, mut size) = (0, 0);
        // SAFETY: the attributes are initialised by the first call, large enough for it, and destroyed once.
        unsafe {
            if pthread_getattr_np(pthread_self(), &mut attributes) != 0 {
                return (0, 0);
            }
            let failed = pthread_attr_getstack(&attributes, &mut low, &mut size) != 0;
            pthread_attr_destroy(&mut attributes);
            if failed {
                return (0, 0);
            }
        }
        (low, low + size)
    }
    #[cfg(target_os = "macos")]
    {
        extern "C" {
            fn pthread_self() -> usize;
            fn pthread_get_stackaddr_np(thread: usize) -> *mut c_void;
            fn pthread_get_stacksize_np(thread: usize) -> usize;
        }
        // SAFETY: both only read the calling thread's own record.
        let (high, size) =
            unsafe { (pthread_get_stackaddr_np(pthread_self()) as usize, pthread_get_stacksize_np(pthread_self())) };
        (high - size, high)
    }
    #[cfg(all(target_os = "linux", miri))]
    (0, 0)
}
