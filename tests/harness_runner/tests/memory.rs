//! Tests whose heap figures are known to the byte.

use std::cell::RefCell;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, OnceLock};
use std::thread;

#[test]
fn empty() {}

#[test]
fn frees_what_it_allocates() {
    drop(vec![1_u8; 10_000]);
}

#[test]
fn leaks() {
    std::mem::forget(vec![1_u8; 4_096]);
}

static TABLE: OnceLock<Vec<u8>> = OnceLock::new();

#[test]
fn fills_a_static() {
    assert_eq!(TABLE.get_or_init(|| vec![1; 1_000]).len(), 1_000);
}

#[test]
fn fills_the_same_static() {
    assert_eq!(TABLE.get_or_init(|| vec![1; 1_000])[0], 1);
}

#[test]
fn prints_a_megabyte() {
    for _ in 0..10_000 {
        println!("a hundred bytes of output, with nothing to format in it, which must not count as the test's own....");
    }
}

#[test]
#[should_panic]
fn panics() {
    panic!("no allocation");
}

#[test]
#[should_panic(expected = "owned")]
fn panics_with_an_owned_message() {
    panic!("an {} message", "owned");
}

#[test]
#[should_panic]
fn panics_with_a_vector() {
    panic::panic_any(vec![1_u8; 500]);
}

#[test]
fn catches_a_panic() {
    assert!(panic::catch_unwind(|| panic!("caught")).is_err());
}

#[test]
fn silences_panics() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    assert!(panic::catch_unwind(|| panic!("caught")).is_err());
    panic::set_hook(hook);
}

thread_local! {
    static KEPT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn keeps_bytes_until_its_thread_ends() {
    KEPT.with(|kept| kept.borrow_mut().resize(2_000, 0));
}

#[test]
fn waits_for_its_thread() {
    thread::spawn(|| drop(vec![1_u8; 3_000])).join().unwrap();
}

extern "C" {
    fn fork() -> i32;
    fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
    fn _exit(status: i32) -> !;
}

#[test]
fn forks() {
    let mut status = 0;
    // SAFETY: the child allocates, which libc makes safe after a fork, and ends without running anything else.
    unsafe {
        let child = fork();
        if child == 0 {
            std::mem::forget(vec![1_u8; 7_000]);
            _exit(0);
        }
        assert_eq!(waitpid(child, &mut status, 0), child);
    }
    assert_eq!(status, 0);
}

static DONE: AtomicBool = AtomicBool::new(false);

#[test]
fn works_only_once() {
    assert!(!DONE.swap(true, Ordering::SeqCst), "it was done before");
    std::mem::forget(vec![1_u8; 64]);
}

#[test]
fn zz_leaves_a_thread_running() {
    let both = Arc::new(Barrier::new(2));
    let its = Arc::clone(&both);
    thread::spawn(move || {
        its.wait();
        loop {
            thread::park();
        }
    });
    both.wait();
}
