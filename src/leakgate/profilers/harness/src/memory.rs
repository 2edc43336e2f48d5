//! Memory for the engine's own tables, straight from the operating system, so that it never meets the profiled heap.

use crate::sys;
use std::{mem, ptr};

/// A growable array of plain values. Never shrinks by itself; freshly reserved memory is zero.
///
/// Invariant: `start` is null and `capacity` 0, or `start` is a mapping of `capacity` values of which the first `len`
/// have been written.
pub struct Buffer<T: Copy> {
    start: *mut T,
    len: usize,
    capacity: usize,
}

/// The operating system has no more memory.
#[derive(Debug)]
pub struct OutOfMemory;

const PAGE: usize = 4096;

impl<T: Copy> Buffer<T> {
    pub const fn new() -> Self {
        Buffer { start: ptr::null_mut(), len: 0, capacity: 0 }
    }

    /// An array of `len` zeros. Zero must be a value of `T`.
    ///
    /// # Safety
    /// All bits zero is a valid `T`.
    pub unsafe fn zeroed(len: usize) -> Result<Self, OutOfMemory> {
        let bytes = len * mem::size_of::<T>();
        let start = sys::map(bytes).ok_or(OutOfMemory)?.cast::<T>();
        Ok(Buffer { start, len, capacity: len })
    }

    #[inline]
    pub fn as_slice(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the type's invariant; `&self` borrows the mapping.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }

    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: the type's invariant; `&mut self` borrows the mapping.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }

    pub fn push(&mut self, value: T) -> Result<(), OutOfMemory> {
        if self.len == self.capacity {
            self.grow()?;
        }
        // SAFETY: `len < capacity`, so the place lies in the mapping.
        unsafe { self.start.add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Bytes of address space held.
    pub fn bytes(&self) -> usize {
        self.capacity * mem::size_of::<T>()
    }

    fn grow(&mut self) -> Result<(), OutOfMemory> {
        let bytes = (self.bytes() * 2).max(PAGE);
        let start = sys::map(bytes).ok_or(OutOfMemory)?.cast::<T>();
        // SAFETY: both mappings hold at least `len` values and are distinct. An empty buffer's null start is not read.
        if self.len > 0 {
            unsafe { ptr::copy_nonoverlapping(self.start, start, self.len) };
        }
        let (len, capacity) = (self.len, bytes / mem::size_of::<T>());
        *self = Buffer { start, len, capacity };
        Ok(())
    }
}

impl<T: Copy> Drop for Buffer<T> {
    fn drop(&mut self) {
        if self.capacity > 0 {
            // SAFETY: `start` is a mapping of this many bytes, and nobody borrows it any more.
            unsafe { sys::unmap(self.start.cast(), self.bytes()) };
        }
    }
}

// SAFETY: it owns its mapping as a `Vec` does.
unsafe impl<T: Copy + Send> Send for Buffer<T> {}
