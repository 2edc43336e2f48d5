mod dedup;

pub use dedup::{Dedup, DedupExt};
