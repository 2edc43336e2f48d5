//! Has a global allocator of its own, so another cannot be added.

use std::alloc::System;

#[global_allocator]
static ALLOCATOR: System = System;

fn main() {
    tool::keep(10_000);
}
