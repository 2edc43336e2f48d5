//! Prices for whoever wants to see them; who comes late sees the next one.
pub mod hub;
