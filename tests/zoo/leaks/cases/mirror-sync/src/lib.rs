//! Copies objects to the mirrors of a store.
pub mod mirror;
pub mod sync;
