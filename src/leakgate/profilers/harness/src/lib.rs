//! A heap profiler that can be left on: DHAT's counts, stacks by frame pointers, no dependencies.
//!
//! `profile::open` and `profile::close` bracket what is measured; `Snapshot` says what was seen. See `README.md` beside
//! this crate for how it works, what is exact and what the raw format means.

#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

mod alloc;
mod code;
mod engine;
mod lane;
mod live;
mod memory;
pub mod profile;
mod raw;
mod sites;
mod stack;
mod sys;

pub use alloc::Allocator;
pub use profile::{close, open, Snapshot, Totals};
pub use raw::{write_header, write_modules};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;
