//! Accounts of a shop, in cents.

pub mod account;
pub mod ledger;
