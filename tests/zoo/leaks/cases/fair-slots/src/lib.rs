//! Exports that run in the background, so many at a time.
pub mod exports;
pub mod slots;
