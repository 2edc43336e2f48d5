//! A shop: orders and refunds tell the warehouse about themselves through an outbox.
pub mod orders;
pub mod outbox;
pub mod refunds;
