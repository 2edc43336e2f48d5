//! Freight quotes: dear to compute, and asked for again and again.

mod quotes;
mod request;

pub use quotes::{Quote, Quotes};
pub use request::Request;
