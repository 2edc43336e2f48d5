//! Tests that cannot run twice in one process, and some that can in spite of how they look.

use std::fs;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Once, OnceLock};

fn leaks(size: usize) {
    std::mem::forget(vec![1u8; std::hint::black_box(size)]);
}

#[test]
fn a_static_is_set_once() {
    static CONFIG: OnceLock<Vec<u8>> = OnceLock::new();
    assert!(CONFIG.set(vec![1; 4001]).is_ok(), "it was set before");
}

#[test]
fn a_port_stays_bound() {
    // The first run takes one that is free, so that two processes at a time are in nobody's way.
    static PORT: AtomicU16 = AtomicU16::new(0);
    let listener = TcpListener::bind(("127.0.0.1", PORT.load(Ordering::SeqCst))).expect("nobody has it");
    PORT.store(listener.local_addr().unwrap().port(), Ordering::SeqCst);
    std::mem::forget(listener);
    leaks(4002);
}

#[test]
fn a_file_must_not_be_there() {
    static LEFT_BY_ANOTHER_PROCESS: Once = Once::new();
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/once");
    LEFT_BY_ANOTHER_PROCESS.call_once(|| drop(fs::remove_file(path)));
    fs::OpenOptions::new().write(true).create_new(true).open(path).expect("nobody made it");
    // A path may be long, and is copied then: this is higher.
    drop(std::hint::black_box(vec![1u8; 8000]));
    leaks(4003);
}

#[test]
fn a_flag_is_taken() {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    assert!(!TAKEN.swap(true, Ordering::SeqCst), "somebody took it");
    leaks(4004);
}

#[test]
fn a_once_has_run() {
    static START: Once = Once::new();
    START.call_once(|| leaks(4005));
}

#[test]
fn a_cache_is_filled() {
    static CACHE: OnceLock<Vec<u8>> = OnceLock::new();
    assert_eq!(CACHE.get_or_init(|| vec![1; 4006]).len(), 4006);
}
