use std::collections::VecDeque;

use crate::event::Event;

const KEPT: usize = 100;

/// Events that a client has not seen yet.
#[derive(Default)]
pub struct Backlog {
    events: VecDeque<Event>,
    dropped: usize,
}

impl Backlog {
    pub fn publish(&mut self, event: Event) {
        if self.events.len() == KEPT {
            self.events.pop_front();
            self.dropped += 1;
        }
        self.events.push_back(event);
    }

    /// Takes up to `most` events, oldest first.
    pub fn take(&mut self, most: usize) -> Vec<Event> {
        let most = most.min(self.events.len());
        self.events.drain(..most).collect()
    }

    pub fn dropped(&self) -> usize {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_was_away_gets_the_latest_events() {
        let mut backlog = Backlog::default();
        backlog.publish(Event::Joined { player: 1 });
        for step in 0..4000 {
            backlog.publish(Event::Moved { player: 1, x: step, y: -step });
        }
        let last = backlog.take(usize::MAX).pop();
        assert_eq!(last, Some(Event::Moved { player: 1, x: 3999, y: -3999 }));
    }

    #[test]
    fn a_client_that_is_there_misses_nothing() {
        let mut backlog = Backlog::default();
        backlog.publish(Event::Said { player: 2, text: "hi".to_owned() });
        assert_eq!(backlog.take(10).len(), 1);
        assert_eq!(backlog.dropped(), 0);
    }
}
