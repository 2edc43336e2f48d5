use std::io::{self, Read};

const READ_BUFFER: usize = 16 * 1024;

/// Counts the lines of what a peer sends.
pub struct LineCounter<R> {
    peer: R,
    buffer: Vec<u8>,
}

impl<R: Read> LineCounter<R> {
    pub fn new(peer: R) -> Self {
        Self { peer, buffer: vec![0; READ_BUFFER] }
    }

    pub fn count(&mut self) -> io::Result<usize> {
        let mut lines = 0;
        loop {
            match self.peer.read(&mut self.buffer)? {
                0 => return Ok(lines),
                read => lines += self.buffer[..read].iter().filter(|byte| **byte == b'\n').count(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_to_the_end() {
        let peer = io::repeat(b'\n').take(100_000);
        assert_eq!(LineCounter::new(peer).count().unwrap(), 100_000);
    }

    #[test]
    fn a_peer_that_hangs_up_has_no_lines() {
        assert_eq!(LineCounter::new(io::empty()).count().unwrap(), 0);
    }
}
