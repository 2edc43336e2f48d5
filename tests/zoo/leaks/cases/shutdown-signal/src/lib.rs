//! Tells all that runs that the process is about to end.
pub mod signal;
pub mod work;
