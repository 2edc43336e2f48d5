//! Packets of a capture, and an index of their headers.

mod index;
mod packet;

pub use index::HeaderIndex;
pub use packet::Packet;
