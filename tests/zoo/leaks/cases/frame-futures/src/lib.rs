//! Decodes frames that connections send: a length, then that many bytes.
mod decoder;

pub use decoder::{decode_all, MAX_FRAME};
