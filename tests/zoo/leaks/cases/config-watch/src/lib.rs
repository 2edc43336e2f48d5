//! Reloads files when they are told to.

pub mod watch;
