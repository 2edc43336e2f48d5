//! Downloads that are tried again until the mirror answers.

pub mod download;
pub mod mirror;
