//! Without the standard library, but for the tests.

#![no_std]

extern crate alloc;

use alloc::vec::Vec;

pub fn held(size: usize) -> Vec<u8> {
    alloc::vec![1; core::hint::black_box(size)]
}

#[cfg(test)]
mod tests {
    use super::held;

    #[test]
    fn frees() {
        drop(held(410));
    }

    #[test]
    fn leaks() {
        core::mem::forget(held(1041));
    }
}
