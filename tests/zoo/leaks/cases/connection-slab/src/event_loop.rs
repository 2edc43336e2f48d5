use slab::Slab;

use crate::conn::{Connection, State};

#[derive(Default)]
pub struct EventLoop {
    connections: Slab<Connection>,
    refused: usize,
}

impl EventLoop {
    pub fn accept(&mut self) -> usize {
        self.connections.insert(Connection::accept())
    }

    /// Bytes for connection `token`. Whether it is still there.
    pub fn readable(&mut self, token: usize, bytes: &[u8]) -> bool {
        let Some(connection) = self.connections.get_mut(token) else { return false };
        match connection.on_bytes(bytes) {
            State::Closed => {
                self.connections.remove(token);
                self.refused += 1;
                false
            }
            State::Greeting | State::Open => true,
        }
    }

    pub fn hang_up(&mut self, token: usize) {
        self.connections.try_remove(token);
    }

    pub fn refused(&self) -> usize {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::GREETING;

    #[test]
    fn a_port_scan_is_refused() {
        let mut events = EventLoop::default();
        for _ in 0..90 {
            let token = events.accept();
            assert!(!events.readable(token, b"GET / HTTP/1.1\r\n\r\n"));
        }
        assert_eq!(events.refused(), 90);
    }

    #[test]
    fn a_client_may_greet_in_pieces() {
        let mut events = EventLoop::default();
        let token = events.accept();
        assert!(events.readable(token, &GREETING[..3]));
        assert!(events.readable(token, &GREETING[3..]));
        events.hang_up(token);
        assert!(!events.readable(token, b"x"));
    }
}
