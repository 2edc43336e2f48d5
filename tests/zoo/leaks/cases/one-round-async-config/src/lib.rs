pub mod config;
pub mod quota;
