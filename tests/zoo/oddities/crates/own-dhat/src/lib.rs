//! The project has a heap profiler of its own, in one of its test targets.

pub fn held(size: usize) -> Vec<u8> {
    vec![1; std::hint::black_box(size)]
}

#[test]
fn leaks() {
    std::mem::forget(held(1071));
}
