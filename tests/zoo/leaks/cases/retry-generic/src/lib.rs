//! Calls that are tried more than once.
pub mod policy;
pub mod retry;
