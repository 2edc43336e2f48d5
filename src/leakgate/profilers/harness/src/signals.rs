//! Signals: the few C functions of them, and how a handler wakes a thread without doing anything that a handler may not.

#![allow(non_camel_case_types)]

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_void};
use std::ptr;

pub const INTERRUPT: c_int = 2;
pub const TERMINATE: c_int = 15;

#[cfg(target_os = "linux")]
mod system {
    pub const USER: [i32; 2] = [10, 12];
    pub const RESTART: i32 = 0x1000_0000;
    pub const ON_STACK: i32 = 0x0800_0000;
    pub const UNBLOCK: i32 = 1;
    pub const SET_MASK: i32 = 2;
    pub type sigset_t = [u64; 16];

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct sigaction {
        pub handler: usize,
        pub mask: sigset_t,
        pub flags: i32,
        pub restorer: usize,
    }
}
#[cfg(target_os = "macos")]
mod system {
    pub const USER: [i32; 2] = [30, 31];
    pub const RESTART: i32 = 0x2;
    pub const ON_STACK: i32 = 0x1;
    pub const UNBLOCK: i32 = 2;
    pub const SET_MASK: i32 = 3;
    pub type sigset_t = u32;

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct sigaction {
        pub handler: usize,
        pub mask: sigset_t,
        pub flags: i32,
    }
}

/// SIGUSR1 and SIGUSR2.
pub use system::USER;
use system::{sigaction, sigset_t};

const DEFAULT: usize = 0;

extern "C" {
    #[link_name = "sigaction"]
    fn change_action(signal: c_int, new: *const sigaction, old: *mut sigaction) -> c_int;
    fn sigemptyset(set: *mut sigset_t) -> c_int;
    fn sigfillset(set: *mut sigset_t) -> c_int;
    fn sigaddset(set: *mut sigset_t, signal: c_int) -> c_int;
    fn pthread_sigmask(how: c_int, new: *const sigset_t, old: *mut sigset_t) -> c_int;
    fn pthread_create(
        thread: *mut usize,
        attributes: *const c_void,
        start: extern "C" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> c_int;
    fn kill(process: c_int, signal: c_int) -> c_int;
    fn _exit(code: c_int) -> !;
}

pub type Handler = extern "C" fn(c_int);

/// Install a handler for a signal that has none and is not ignored. Interrupted system calls go on by themselves.
pub fn handle_if_default(signal: c_int, handler: Handler) {
    if action(signal) == DEFAULT {
        set(signal, handler as usize);
    }
}

/// Whether this handler is the one that is installed. One that a later handler calls as its predecessor is not.
pub fn is_handled_by(signal: c_int, handler: Handler) -> bool {
    action(signal) == handler as usize
}

fn action(signal: c_int) -> usize {
    let mut old = MaybeUninit::<sigaction>::uninit();
    // SAFETY: without a new action it only fills in the old one, which has the system's layout.
    unsafe {
        if change_action(signal, ptr::null(), old.as_mut_ptr()) == 0 {
            old.assume_init().handler
        } else {
            usize::MAX
        }
    }
}

fn set(signal: c_int, handler: usize) {
    // SAFETY: zeros are a valid record of integers, which is filled in before it is used; the handler is a function for
    // ever, or the default.
    unsafe {
        let mut new: sigaction = MaybeUninit::zeroed().assume_init();
        new.handler = handler;
        new.flags = system::RESTART | system::ON_STACK;
        sigemptyset(&mut new.mask);
        change_action(signal, &new, ptr::null_mut());
    }
}

/// Do what the signal does to a process without a handler: end it. For any thread, in a handler too.
pub fn die_of(signal: c_int) -> ! {
    set(signal, DEFAULT);
    // SAFETY: all of these may be called anywhere; the set is initialised first.
    unsafe {
        let mut only = MaybeUninit::<sigset_t>::zeroed().assume_init();
        sigemptyset(&mut only);
        sigaddset(&mut only, signal);
        pthread_sigmask(system::UNBLOCK, &only, ptr::null_mut());
        kill(std::process::id() as c_int, signal);
        // Process 1 of a container does not die of a signal.
        _exit(128 + signal)
    }
}

/// Start a thread that gets no signals. It is no thread of std's: before `main`, std must not be asked for one.
pub fn spawn_deaf(start: extern "C" fn(*mut c_void) -> *mut c_void) -> bool {
    // SAFETY: the sets are filled in before they are read, and the thread's function takes no argument that could go.
    unsafe {
        let (mut all, mut before) = (MaybeUninit::<sigset_t>::zeroed(), MaybeUninit::<sigset_t>::zeroed());
        sigfillset(all.as_mut_ptr());
        pthread_sigmask(system::SET_MASK, all.as_ptr(), before.as_mut_ptr());
        let mut thread = 0;
        let started = pthread_create(&mut thread, ptr::null(), start, ptr::null_mut()) == 0;
        pthread_sigmask(system::SET_MASK, before.as_ptr(), ptr::null_mut());
        started
    }
}

/// Counts calls of `post`, which may be made in a signal handler. No file descriptor: programs close those they do not
/// know.
pub struct Semaphore(UnsafeCell<MaybeUninit<inner::Semaphore>>);

// SAFETY: the system's semaphores are made to be shared; `init` happens before anything else.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    pub const fn new() -> Self {
        Semaphore(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// # Safety
    /// Once, before any other use.
    pub unsafe fn init(&self) -> bool {
        // SAFETY: nobody else is here yet.
        unsafe { inner::init(self.0.get().cast()) }
    }

    /// # Safety
    /// After `init`.
    pub unsafe fn post(&self) {
        // SAFETY: it is initialised.
        unsafe { inner::post(self.0.get().cast()) }
    }

    /// # Safety
    /// After `init`.
    pub unsafe fn wait(&self) {
        // SAFETY: it is initialised.
        unsafe { inner::wait(self.0.get().cast()) }
    }
}

#[cfg(target_os = "linux")]
mod inner {
    use std::os::raw::{c_int, c_uint};

    /// As large as any libc's `sem_t` on 64-bit Linux.
    #[repr(C, align(16))]
    pub struct Semaphore([u8; 64]);

    extern "C" {
        fn sem_init(semaphore: *mut Semaphore, shared: c_int, value: c_uint) -> c_int;
        fn sem_post(semaphore: *mut Semaphore) -> c_int;
        fn sem_wait(semaphore: *mut Semaphore) -> c_int;
    }

    pub unsafe fn init(semaphore: *mut Semaphore) -> bool {
        // SAFETY: the caller's word, here and below.
        unsafe { sem_init(semaphore, 0, 0) == 0 }
    }

    pub unsafe fn post(semaphore: *mut Semaphore) {
        // SAFETY: as above.
        unsafe { sem_post(semaphore) };
    }

    pub unsafe fn wait(semaphore: *mut Semaphore) {
        // SAFETY: as above. It is woken early by a debugger, for one.
        while unsafe { sem_wait(semaphore) } != 0 {}
    }
}

/// macOS has no unnamed POSIX semaphores; Mach's are a system call each.
#[cfg(target_os = "macos")]
mod inner {
    use std::os::raw::{c_int, c_uint};

    pub type Semaphore = c_uint;

    extern "C" {
        static mach_task_self_: c_uint;
        fn semaphore_create(task: c_uint, semaphore: *mut Semaphore, policy: c_int, value: c_int) -> c_int;
        fn semaphore_signal(semaphore: Semaphore) -> c_int;
        fn semaphore_wait(semaphore: Semaphore) -> c_int;
    }

    pub unsafe fn init(semaphore: *mut Semaphore) -> bool {
        // SAFETY: the caller's word, here and below.
        unsafe { semaphore_create(mach_task_self_, semaphore, 0, 0) == 0 }
    }

    pub unsafe fn post(semaphore: *mut Semaphore) {
        // SAFETY: as above.
        unsafe { semaphore_signal(*semaphore) };
    }

    pub unsafe fn wait(semaphore: *mut Semaphore) {
        // SAFETY: as above.
        while unsafe { semaphore_wait(*semaphore) } != 0 {}
    }
}
