//! Routes requests to handlers that are only known by their trait.
pub mod handlers;
pub mod router;
