//! The sessions of a chat gateway.
mod heartbeat;
mod session;

pub use session::{Gateway, Session};
