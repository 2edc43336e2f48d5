mod error;
mod import;

pub use error::ImportError;
pub use import::{import, Row};
