//! One target with libtest, one with a `main` of its own.

pub fn held(size: usize) -> Vec<u8> {
    vec![1; std::hint::black_box(size)]
}

#[test]
fn leaks() {
    std::mem::forget(held(1051));
}
