//! A test that ends once only.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

static DONE: AtomicBool = AtomicBool::new(false);

#[test]
fn hangs_when_run_again() {
    std::mem::forget(vec![1_u8; 64]);
    while DONE.swap(true, Ordering::SeqCst) {
        thread::park();
    }
}

#[test]
fn runs_after_it() {
    drop(vec![1_u8; 64]);
}
