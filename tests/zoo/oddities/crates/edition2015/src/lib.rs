//! Paths begin at the crate, `extern crate` is a must, and `async` is a name like any other.

extern crate core;

pub mod store {
    pub fn async(size: usize) -> Vec<u8> {
        vec![1; size]
    }
}

pub fn held(size: usize) -> Vec<u8> {
    ::store::async(::core::hint::black_box(size))
}

#[test]
fn frees() {
    drop(held(150));
}

#[test]
fn leaks() {
    ::std::mem::forget(held(1015));
}
