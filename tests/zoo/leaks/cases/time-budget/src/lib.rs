mod warm;

pub use warm::{Pages, Warmer};
