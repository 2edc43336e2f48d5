//! A mail spool: an entry disappears unless it is committed.

mod spool;

pub use spool::{Entry, Spool};
