//! Events of a game server, for its spectators.
use tokio::sync::broadcast::{self, error::RecvError, Receiver, Sender};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    pub player: u32,
    pub at: [f32; 3],
    pub kind: u8,
}

/// A spectator may be this many events behind.
const RING: usize = 64;

pub struct Arena {
    events: Sender<Event>,
}

impl Arena {
    pub fn open() -> Self {
        Self { events: broadcast::channel(RING).0 }
    }

    pub fn watch(&self) -> Spectator {
        Spectator { events: self.events.subscribe(), missed: 0 }
    }

    pub fn happen(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

pub struct Spectator {
    events: Receiver<Event>,
    pub missed: u64,
}

impl Spectator {
    /// The next event; those that were missed are counted.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.events.recv().await {
                Ok(event) => return Some(event),
                Err(RecvError::Lagged(missed)) => self.missed += missed,
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_spectator_sees_all_that_happens() {
        let arena = Arena::open();
        let mut spectator = arena.watch();
        for player in 0..40 {
            arena.happen(Event { player, at: [0.0; 3], kind: 1 });
        }
        for player in 0..40 {
            assert_eq!(spectator.next().await.map(|event| event.player), Some(player));
        }
        drop(arena);
        assert_eq!((spectator.next().await, spectator.missed), (None, 0));
    }
}
