//! Timeouts of requests. Times are milliseconds since the start.

use std::collections::BTreeMap;

mod entry;

pub use entry::{Timer, TimerId};

/// Timers, the next one first.
#[derive(Default)]
pub struct Timers {
    queue: BTreeMap<TimerId, Timer>,
    set: u64,
}

impl Timers {
    pub fn set(&mut self, due: u64, note: &str) -> TimerId {
        self.set += 1;
        let id = TimerId { due, serial: self.set };
        self.queue.insert(id, Timer { id, note: note.to_owned() });
        id
    }

    pub fn cancel(&mut self, id: TimerId) {
        self.queue.remove(&id);
    }

    /// The next timer that is due at `now`.
    pub fn next_due(&mut self, now: u64) -> Option<Timer> {
        let first = self.queue.first_entry()?;
        (first.key().due <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answered_requests_do_not_time_out() {
        let mut timers = Timers::default();
        for request in 0..600 {
            let id = timers.set(30_000 + request, "request to the pricing service");
            timers.cancel(id);
        }
        let late = timers.set(10, "a slow one");
        assert_eq!(timers.next_due(60_000).map(|timer| timer.id), Some(late));
    }

    #[test]
    fn a_timer_is_not_due_early() {
        let mut timers = Timers::default();
        timers.set(100, "later");
        assert!(timers.next_due(99).is_none());
        assert_eq!(timers.next_due(100).unwrap().note, "later");
    }
}
