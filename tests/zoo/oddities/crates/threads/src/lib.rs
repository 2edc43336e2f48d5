//! See `tests/leftovers.rs`.
