//! What test targets take for libtest: libtest itself, but for the function that `main` calls. Without
//! `--cfg leakgate_runner` it is libtest and the harness's allocator.
//!
//! rustc ends the `main` of a test target in `extern crate test; test::test_main_static(&[…])`. The wrapper points the
//! name `test` at this crate. So nothing in the tested crate has to be allowed, and not even `forbid(unstable_features)`
//! is in the way.

#![feature(test)]
#![allow(hidden_glob_reexports)]

extern crate leakgate_harness;
extern crate test;

pub use test::*;

#[cfg(leakgate_runner)]
/// Runs the tests with the harness; see `leakgate_harness::runner`.
pub fn test_main_static(tests: &[&TestDescAndFn]) {
    leakgate_harness::runner(tests)
}
