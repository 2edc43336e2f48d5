pub mod segment;

pub use segment::{Segment, SegmentReader};
