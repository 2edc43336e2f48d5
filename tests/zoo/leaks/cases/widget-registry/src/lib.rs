//! Widgets that are told when the language changes.

mod registry;

pub use registry::{Registry, Widget};
