use bytes::Bytes;

pub const HEADER: usize = 20;

/// A packet as it was captured.
pub struct Packet {
    bytes: Bytes,
}

impl Packet {
    /// Reads a packet of `length` from the capture device.
    pub fn read(number: u32, length: usize) -> Self {
        let mut bytes = vec![0; HEADER + length];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Self { bytes: bytes.into() }
    }

    pub fn header(&self) -> Bytes {
        Bytes::copy_from_slice(&self.bytes[..HEADER])
    }

    pub fn payload(&self) -> &[u8] {
        &self.bytes[HEADER..]
    }
}
