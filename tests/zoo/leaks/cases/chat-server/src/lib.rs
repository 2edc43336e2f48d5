//! Rooms, and how much is said in them.

use std::collections::BTreeMap;

use chat_wire::Decoder;

#[derive(Default)]
pub struct Server {
    decoder: Decoder,
    said: BTreeMap<u8, usize>,
}

impl Server {
    /// Takes what a client has sent; gives the number of messages in it.
    pub fn receive(&mut self, bytes: &[u8]) -> usize {
        self.decoder.push(bytes);
        let mut received = 0;
        for message in self.decoder.by_ref() {
            *self.said.entry(message.room).or_default() += message.text.len();
            received += 1;
        }
        received
    }

    pub fn said_in(&self, room: u8) -> usize {
        self.said.get(&room).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_room_is_heard() {
        let mut server = Server::default();
        let hello = b"\x05\x20hello, is anybody in this room? ";
        for _ in 0..400 {
            assert_eq!(server.receive(&hello[..20]), 0);
            assert_eq!(server.receive(&hello[20..]), 1);
        }
        assert_eq!(server.said_in(5), 400 * 32);
    }

    #[test]
    fn a_silent_room_has_said_nothing() {
        let mut server = Server::default();
        assert_eq!(server.receive(b"\x01\x00"), 1);
        assert_eq!(server.said_in(1), 0);
        assert_eq!(server.said_in(2), 0);
    }
}
