//! A target that is called what rustc calls libtest.

#[test]
fn leaks() {
    std::mem::forget(vec![1u8; std::hint::black_box(1190)]);
}
