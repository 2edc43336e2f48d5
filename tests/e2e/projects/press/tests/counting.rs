//! A global allocator of the project's own that calls malloc in the end.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting(AtomicUsize);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.0.fetch_add(layout.size(), Ordering::Relaxed);
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        System.dealloc(block, layout);
    }
}

#[global_allocator]
static COUNTING: Counting = Counting(AtomicUsize::new(0));

#[test]
fn leaks() {
    std::mem::forget(press::fill(2000));
    assert!(COUNTING.0.load(Ordering::Relaxed) > 2000);
}
