//! Polls for a new configuration; how often is itself configured.
mod poller;
mod source;

pub use poller::Poller;
pub use source::Source;
