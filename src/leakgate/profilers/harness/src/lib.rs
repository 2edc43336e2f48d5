//! A heap profiler that can be left on: DHAT's counts, stacks by frame pointers, no dependencies.
//!
//! `profile::open` and `profile::close` bracket what is measured; `Snapshot` says what was seen. See `README.md` beside
//! this crate for how it works, what is exact and what the raw format means.

// With `--cfg leakgate_runner` the crate brings the test runner too, which needs libtest's own, unstable interface.
// With `--cfg leakgate_program` it measures the process that it is in as a whole, and without either, one test a process.
#![cfg_attr(leakgate_runner, feature(test, internal_output_capture))]
#![cfg_attr(leakgate_runner, allow(unknown_lints, internal_features))]
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

#[cfg(leakgate_runner)]
extern crate test;

mod alloc;
mod code;
mod engine;
#[cfg(not(any(leakgate_runner, leakgate_program)))]
mod fallback;
mod lane;
mod live;
mod memory;
pub mod profile;
#[cfg(leakgate_program)]
mod program;
mod raw;
#[cfg(leakgate_runner)]
mod runner;
#[cfg(leakgate_program)]
mod signals;
mod sites;
mod stack;
mod sys;

pub use alloc::Allocator;
pub use profile::{close, open, peek, Snapshot, Totals};
pub use raw::{write_header, write_modules};
#[cfg(leakgate_runner)]
pub use runner::runner;

#[cfg(any(leakgate_runner, leakgate_program))]
#[global_allocator]
static ALLOCATOR: Allocator = Allocator;
#[cfg(not(any(leakgate_runner, leakgate_program)))]
#[global_allocator]
static ALLOCATOR: fallback::Allocator = fallback::Allocator;
