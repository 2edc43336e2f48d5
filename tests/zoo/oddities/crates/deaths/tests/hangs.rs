//! A deadlock: only a time limit ends it.

use std::sync::mpsc;

fn leaks(size: usize) {
    std::mem::forget(vec![1u8; std::hint::black_box(size)]);
}

#[test]
fn a_lives() {
    leaks(3201);
}

#[test]
#[ignore = "it never ends"]
fn b_waits_for_itself() {
    let (sender, receiver) = mpsc::channel::<()>();
    let _ = receiver.recv();
    drop(sender);
}

#[test]
fn c_lives() {
    leaks(3202);
}
