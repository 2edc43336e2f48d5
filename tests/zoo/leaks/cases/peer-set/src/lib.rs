//! The peers of a node: each has a task that keeps it informed.
pub mod peers;
