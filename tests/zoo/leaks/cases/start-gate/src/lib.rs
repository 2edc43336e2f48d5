//! A gate that holds requests back until the service has warmed up.
mod gate;

pub use gate::{Gate, Opened};
