//! The connections of one event loop.

pub mod conn;
pub mod event_loop;
