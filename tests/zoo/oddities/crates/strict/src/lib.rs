//! Everything that a crate can forbid or deny which the harness could run into.

#![forbid(unsafe_code, unstable_features)]
#![deny(warnings, missing_docs, unused_crate_dependencies, unused_extern_crates, rust_2018_idioms)]

/// As many bytes as are asked for.
pub fn held(size: usize) -> Vec<u8> {
    vec![1; std::hint::black_box(size)]
}

#[test]
fn frees() {
    drop(std::hint::black_box(held(610)));
}

#[test]
fn leaks() {
    std::mem::forget(held(1061));
}
