//! Mail that is to be sent, by workers that come and go.
pub mod queue;
pub mod worker;
