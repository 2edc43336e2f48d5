mod pipe;
mod sample;

pub use pipe::{Pipe, Recorder};
pub use sample::Sample;
