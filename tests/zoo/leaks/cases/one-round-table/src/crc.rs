//! Frames with a CRC-32 at their end.

fn step(mut value: u32) -> u32 {
    for _ in 0..8 {
        value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
    }
    value
}

pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| (crc >> 8) ^ step((crc ^ u32::from(*byte)) & 0xff))
}

#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub body: Vec<u8>,
}

impl Frame {
    pub fn seal(mut body: Vec<u8>) -> Vec<u8> {
        let sum = crc32(&body);
        body.extend_from_slice(&sum.to_le_bytes());
        body
    }

    pub fn open(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<4>()?;
        (crc32(body) == u32::from_le_bytes(*sum)).then(|| Self { body: body.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_frame_opens_again() {
        let sealed = Frame::seal(vec![0x5a; 40_000]);
        assert_eq!(Frame::open(&sealed).unwrap().body.len(), 40_000);
        assert_eq!(Frame::open(&sealed[1..]), None);
    }
}
