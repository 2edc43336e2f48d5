pub const GREETING: &[u8] = b"HELLO 1\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Greeting,
    Open,
    Closed,
}

/// A connection and what it has read so far.
pub struct Connection {
    pub state: State,
    read: Box<[u8; 2048]>,
    filled: usize,
}

impl Connection {
    pub fn accept() -> Self {
        Self { state: State::Greeting, read: Box::new([0; 2048]), filled: 0 }
    }

    pub fn on_bytes(&mut self, bytes: &[u8]) -> State {
        let room = self.read.len() - self.filled;
        let taken = bytes.len().min(room);
        self.read[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
        self.filled += taken;
        if self.state == State::Greeting && self.filled >= GREETING.len() {
            self.state = if self.read.starts_with(GREETING) { State::Open } else { State::Closed };
        }
        self.state
    }
}
