//! The global allocator: `System`, with each event told to the engine while a profile is open.
//!
//! Its functions are never inlined. With link-time optimisation they would be, into the functions that allocate; a stack
//! begins at the function it is taken in, so the one that is to blame would be missing from its own stack.

use crate::{engine, stack};
use std::alloc::{GlobalAlloc, Layout, System};

/// `std::alloc::System`, observed. Costs one load an event while no profile is open.
pub struct Allocator;

// SAFETY: every pointer comes from `System` and goes back to it with the layout it was allocated with; the engine only
// ever sees addresses as numbers, does not unwind and does not allocate from this allocator.
unsafe impl GlobalAlloc for Allocator {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is `System`'s.
        let block = unsafe { System.alloc(layout) };
        let generation = engine::generation();
        if generation != 0 && !block.is_null() {
            engine::on_alloc(generation, block as usize, layout.size(), stack::here());
        }
        block
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above. Not `alloc` and a fill: calloc's fresh pages are zero already, and untouched cost nothing.
        let block = unsafe { System.alloc_zeroed(layout) };
        let generation = engine::generation();
        if generation != 0 && !block.is_null() {
            engine::on_alloc(generation, block as usize, layout.size(), stack::here());
        }
        block
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let generation = engine::generation();
        if generation != 0 {
            // Before the block is given back: afterwards another thread may be given its address.
            engine::on_free(generation, block as usize, layout.size());
        }
        // SAFETY: the caller's contract is `System`'s.
        unsafe { System.dealloc(block, layout) }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let generation = engine::generation();
        if generation == 0 {
            // SAFETY: the caller's contract is `System`'s.
            return unsafe { System.realloc(block, layout, new_size) };
        }
        // Taken out first, for the reason that `dealloc` has.
        let taken = engine::take(generation, block as usize);
        // SAFETY: the caller's contract is `System`'s.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        match taken {
            // A block that is not known counts as new, as in dhat-rs.
            None if !moved.is_null() => engine::on_alloc(generation, moved as usize, new_size, stack::here()),
            None => {}
            Some(taken) if moved.is_null() => engine::put_back(generation, block as usize, taken),
            Some(taken) => engine::on_realloc(generation, moved as usize, layout.size(), new_size, taken),
        }
        moved
    }
}
