//! See `tests/once.rs`.
