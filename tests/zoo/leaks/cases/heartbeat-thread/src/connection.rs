use std::sync::mpsc::{self, Receiver};

use crate::heartbeat::Heartbeat;

pub struct Connection {
    heartbeat: Heartbeat,
    beats: Receiver<String>,
}

impl Connection {
    pub fn open(peer: &str) -> Self {
        let (sender, beats) = mpsc::channel();
        Self { heartbeat: Heartbeat::start(peer, sender), beats }
    }

    /// Asks the peer for a sign of life.
    pub fn ping(&self) -> Option<String> {
        self.heartbeat.poke();
        self.beats.recv().ok()
    }

    pub fn close(self) {
        self.heartbeat.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_connection_answers() {
        let connection = Connection::open("feed-1");
        assert_eq!(connection.ping().as_deref(), Some("feed-1"));
        connection.close();
    }
}
