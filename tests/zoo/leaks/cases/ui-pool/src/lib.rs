//! Effects of a terminal program: small futures on the thread that draws.
mod effects;

pub use effects::{Effects, Toast};
