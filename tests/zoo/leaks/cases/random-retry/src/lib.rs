mod backoff;
mod client;

pub use backoff::Backoff;
pub use client::{Client, Peer};
