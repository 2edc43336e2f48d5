pub mod store;

pub use store::{Memory, Notes};
