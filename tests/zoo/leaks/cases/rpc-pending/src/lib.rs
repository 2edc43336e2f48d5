//! Calls to a peer over one connection: answers come in any order and are matched by the number of the call.
pub mod client;
