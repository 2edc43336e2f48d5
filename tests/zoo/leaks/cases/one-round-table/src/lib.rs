mod crc;

pub use crc::{crc32, Frame};
