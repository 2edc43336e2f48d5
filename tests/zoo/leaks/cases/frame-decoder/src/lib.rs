//! Length-prefixed frames, as the agents send them.

const ORDINARY: usize = 1024;

/// Reassembles the frames of one agent.
#[derive(Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
}

impl FrameDecoder {
    /// Adds what came in; gives the checksum of each frame that is now complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u32> {
        self.buffer.extend_from_slice(bytes);
        let mut checksums = Vec::new();
        let mut done = 0;
        while let Some((frame, length)) = split_frame(&self.buffer[done..]) {
            checksums.push(checksum(frame));
            done += length;
        }
        self.buffer.drain(..done);
        if self.buffer.capacity() > ORDINARY && self.buffer.len() <= ORDINARY {
            self.buffer.shrink_to(ORDINARY);
        }
        checksums
    }
}

/// The first frame and how many bytes it takes with its prefix.
fn split_frame(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (prefix, rest) = bytes.split_at_checked(4)?;
    let length = u32::from_be_bytes(prefix.try_into().ok()?) as usize;
    Some((rest.get(..length)?, length + 4))
}

fn checksum(frame: &[u8]) -> u32 {
    frame.iter().fold(0, |sum: u32, byte| sum.rotate_left(5) ^ u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(payload: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn every_agent_sends_its_inventory_once() {
        let inventory = framed(&[1; 40_000]);
        let mut agents: Vec<FrameDecoder> = (0..30).map(|_| FrameDecoder::default()).collect();
        for agent in &mut agents {
            assert_eq!(agent.feed(&inventory), [checksum(&[1; 40_000])]);
        }
        for agent in &mut agents {
            assert_eq!(agent.feed(&framed(b"ping")).len(), 1);
        }
    }

    #[test]
    fn a_frame_may_come_in_two_pieces() {
        let mut decoder = FrameDecoder::default();
        let bytes = framed(b"status");
        assert!(decoder.feed(&bytes[..5]).is_empty());
        assert_eq!(decoder.feed(&bytes[5..]), [checksum(b"status")]);
    }
}
