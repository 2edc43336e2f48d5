//! Who did what: entries are collected from all over the program and written out in batches.
mod entry;
pub mod sink;

pub use entry::Entry;
