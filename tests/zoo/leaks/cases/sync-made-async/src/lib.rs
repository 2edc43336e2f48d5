pub mod stage;

pub use stage::{Pipeline, Stage};
