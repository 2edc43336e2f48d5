//! Connections that read with buffers of one pool.
pub mod connection;
pub mod pool;
