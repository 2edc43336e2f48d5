//! Connections to the market data feed, each kept alive by a thread.

mod connection;
mod heartbeat;

pub use connection::Connection;
