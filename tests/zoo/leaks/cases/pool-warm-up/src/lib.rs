pub mod connection;
pub mod orders;
