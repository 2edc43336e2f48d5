//! Copies with a progress callback of the kind that C libraries take.

pub mod native;
mod progress;

pub use progress::{copy_with_progress, Progress};
