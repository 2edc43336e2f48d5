pub mod util;

pub use util::{Reader, Writer};
