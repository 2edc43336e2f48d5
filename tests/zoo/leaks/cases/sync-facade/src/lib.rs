//! A key-value store's client for callers without a runtime.
mod facade;
mod session;

pub use facade::SyncClient;
