use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Waits that double, each with up to half of it taken off at random.
pub struct Backoff {
    random: RandomState,
    attempt: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { random: RandomState::new(), attempt: 0 }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.attempt += 1;
        let whole = 10_u64 << self.attempt.min(10);
        Some(Duration::from_millis(whole - self.random.hash_one(self.attempt) % (whole / 2)))
    }
}
