//! C and C++ in the same process: their own `malloc` and `new` are not counted, and Rust that they call is.

use std::ffi::{c_int, c_void};

extern "C" {
    fn store_new(size: usize) -> *mut c_void;
    fn store_free(store: *mut c_void);
    fn store_by(allocate: extern "C" fn(usize) -> *mut c_void, size: usize) -> *mut c_void;
    fn shelf_by(allocate: extern "C" fn(usize) -> *mut c_void, size: usize) -> *mut c_void;
    fn shelf_throws(size: usize) -> c_int;
}

/// Rust's allocator, for the other languages. What it gives is never freed.
pub extern "C" fn allocate(size: usize) -> *mut c_void {
    vec![0u8; size].leak().as_mut_ptr().cast()
}

/// A store of C's own.
pub struct Store(*mut c_void);

impl Store {
    pub fn new(size: usize) -> Self {
        // SAFETY: it takes any size, and gives null where there is no memory.
        Store(unsafe { store_new(size) })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // SAFETY: it came from `store_new`, and goes but once.
        unsafe { store_free(self.0) }
    }
}

/// Whether C++ threw, and caught, an exception.
pub fn throws(size: usize) -> bool {
    // SAFETY: it takes any size.
    unsafe { shelf_throws(size) == 1 }
}

/// Bytes that C asks Rust for.
pub fn by_c(size: usize) -> *mut c_void {
    // SAFETY: `allocate` takes any size.
    unsafe { store_by(allocate, size) }
}

/// Bytes that C++ asks Rust for.
pub fn by_cpp(size: usize) -> *mut c_void {
    // SAFETY: `allocate` takes any size.
    unsafe { shelf_by(allocate, size) }
}

#[cfg(test)]
mod tests {
    use super::{by_c, by_cpp, throws, Store};

    #[test]
    fn c_allocates_beside_rust() {
        std::mem::forget(Store::new(1_000_000));
        std::mem::forget(vec![1u8; std::hint::black_box(1091)]);
    }

    #[test]
    fn c_calls_rust() {
        assert!(!by_c(1092).is_null());
    }

    #[test]
    fn cpp_calls_rust() {
        assert!(!by_cpp(1093).is_null());
    }

    #[test]
    fn cpp_throws() {
        assert!(throws(5000));
        drop(Store::new(10));
    }
}
