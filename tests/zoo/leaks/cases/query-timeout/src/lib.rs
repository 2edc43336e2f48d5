//! Queries that may take some time, but not for ever.
pub mod engine;
pub mod service;
