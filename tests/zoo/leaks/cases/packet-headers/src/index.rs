use bytes::Bytes;

use crate::packet::Packet;

/// The headers of the last packets.
#[derive(Default)]
pub struct HeaderIndex {
    headers: Vec<Bytes>,
    payload: u64,
}

impl HeaderIndex {
    const MOST: usize = 200;

    pub fn add(&mut self, packet: &Packet) {
        if self.headers.len() == Self::MOST {
            self.headers.remove(0);
        }
        self.headers.push(packet.header());
        self.payload += packet.payload().len() as u64;
    }

    /// Whether packet `number` is among the last ones.
    pub fn contains(&self, number: u32) -> bool {
        self.headers.iter().any(|header| header.starts_with(&number.to_be_bytes()))
    }

    pub fn payload(&self) -> u64 {
        self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_packets_are_found() {
        let mut index = HeaderIndex::default();
        for number in 0..500 {
            index.add(&Packet::read(number, 1480));
        }
        assert!(index.contains(499));
        assert!(!index.contains(12));
        assert_eq!(index.payload(), 500 * 1480);
    }

    #[test]
    fn an_empty_packet_is_indexed_too() {
        let mut index = HeaderIndex::default();
        index.add(&Packet::read(7, 0));
        assert!(index.contains(7));
    }
}
