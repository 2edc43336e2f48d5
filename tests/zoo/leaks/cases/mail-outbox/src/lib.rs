//! Mails that the shop sends.

pub mod handlers;
pub mod outbox;
