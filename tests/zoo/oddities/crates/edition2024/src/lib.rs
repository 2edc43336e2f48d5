//! `unsafe extern`, temporaries that end earlier, `impl Trait` that takes every lifetime, and `gen` is reserved.

unsafe extern "C" {
    safe fn abs(number: i32) -> i32;
}

pub fn held(size: i32) -> impl Iterator<Item = u8> {
    vec![1; abs(std::hint::black_box(size)).unsigned_abs() as usize].into_iter()
}

#[test]
fn frees() {
    drop(held(-240));
}

#[test]
fn leaks() {
    std::mem::forget(held(-1024));
}
