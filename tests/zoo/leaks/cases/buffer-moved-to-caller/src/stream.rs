use crate::codec;

#[derive(Default)]
pub struct Outgoing {
    frames: Vec<Vec<u8>>,
}

impl Outgoing {
    pub fn send(&mut self, message: &[u8]) {
        let frame = codec::escape(message);
        self.frames.push(frame);
    }

    /// Hands over everything that waits.
    pub fn flush(&mut self) -> Vec<u8> {
        self.frames.drain(..).flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_doubled() {
        let mut outgoing = Outgoing::default();
        outgoing.send(&[1, 0, 2]);
        assert_eq!(outgoing.flush(), [1, 0, 0, 2]);
        assert!(outgoing.flush().is_empty());
    }

    #[test]
    fn frames_wait_for_the_flush() {
        let mut outgoing = Outgoing::default();
        for n in 0..80_u8 {
            outgoing.send(&[n | 1; 3000]);
        }
        assert_eq!(outgoing.flush().len(), 240_000);
    }
}
