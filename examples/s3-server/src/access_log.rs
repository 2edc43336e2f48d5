//! The latest requests, a line each, for whoever looks into a problem.

use std::io::Write;

use crate::Fault;

/// A log of at most [`AccessLog::CAPACITY`] bytes.
#[derive(Default)]
pub struct AccessLog {
    text: Vec<u8>,
    never_forgets: bool,
}

impl AccessLog {
    /// Enough for the last hundred requests or so. A new line makes room by pushing out the oldest half.
    pub const CAPACITY: usize = 4096;

    /// With [`Fault::GrowingBuffer`] the log keeps every line for as long as the server lives.
    pub fn new(fault: Option<Fault>) -> Self {
        Self {
            text: Vec::new(),
            never_forgets: fault == Some(Fault::GrowingBuffer),
        }
    }

    pub fn record(&mut self, method: &str, bucket: &str, key: &str, status: u16) {
        let longest_line = method.len() + bucket.len() + key.len() + "  / 65535\n".len();
        if !self.never_forgets && self.text.len() + longest_line > Self::CAPACITY {
            self.forget_oldest_half();
        }
        writeln!(self.text, "{method} {bucket}/{key} {status}").expect("a Vec takes all writes");
    }

    /// The lines that are still known, oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        std::str::from_utf8(&self.text).unwrap_or("").lines()
    }

    fn forget_oldest_half(&mut self) {
        let half = self.text.len() / 2;
        let rest = self.text[half..].iter().position(|&byte| byte == b'\n');
        self.text
            .drain(..rest.map_or(self.text.len(), |end| half + end + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiling;

    #[test]
    fn a_full_log_drops_the_oldest_lines() {
        let _profiler = profiling::start();
        let mut log = AccessLog::new(None);
        for number in 0..1_000 {
            log.record("GET", "photos", &format!("{number:04}.jpg"), 200);
        }
        assert!(log.text.len() <= AccessLog::CAPACITY);
        assert_ne!(log.lines().next(), Some("GET photos/0000.jpg 200"));
        assert_eq!(log.lines().last(), Some("GET photos/0999.jpg 200"));
    }
}
