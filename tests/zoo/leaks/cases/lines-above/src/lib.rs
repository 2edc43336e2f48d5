//! Turns upstream faults into answers, and keeps the last ones for the operator.
use std::collections::VecDeque;
use std::sync::Mutex;

/// Every fault this process has seen since it started, by route: the operator's page shows it.
static JOURNAL: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub route: String,
    pub status: u16,
    pub body: Vec<u8>,
}

pub struct Gateway {
    recent: VecDeque<Fault>,
    keep: usize,
}

impl Gateway {
    pub fn new(keep: usize) -> Self {
        Self { recent: VecDeque::new(), keep }
    }

    /// Files a fault and returns what the client is told.
    pub fn refuse(&mut self, route: &str, status: u16, body: &[u8]) -> String {
        if self.recent.len() == self.keep {
            self.recent.pop_front();
        }
        self.recent.push_back(Fault { route: route.to_string(), status, body: body.to_vec() });
        let line = format!("{status} {route} ({} bytes from upstream)", body.len());
        JOURNAL.lock().unwrap().push(line.clone());
        line
    }

    pub fn recent(&self) -> impl Iterator<Item = &Fault> {
        self.recent.iter()
    }
}

pub fn journal_len() -> usize {
    JOURNAL.lock().unwrap().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_faults_are_kept() {
        let mut gateway = Gateway::new(64);
        for n in 0..200_u32 {
            gateway.refuse(&format!("/v1/items/{n}"), 502, &vec![b'x'; 2048]);
        }
        assert_eq!(gateway.recent().count(), 64);
        assert_eq!(gateway.recent().next().unwrap().route, "/v1/items/136");
    }

    #[test]
    fn the_journal_has_every_fault() {
        let before = journal_len();
        let mut gateway = Gateway::new(2);
        for _ in 0..50 {
            assert_eq!(gateway.refuse("/v1/login", 503, b"busy"), "503 /v1/login (4 bytes from upstream)");
        }
        assert!(journal_len() >= before + 50);
    }
}
