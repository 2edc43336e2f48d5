use std::sync::mpsc;
use std::thread;

const SIGNATURE: &[u8] = b"EICAR";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    Infected,
}

/// Scans in a thread of its own: a scan must not take the server down with it.
#[derive(Default)]
pub struct Scanner {
    scans: usize,
}

impl Scanner {
    pub fn scan(&mut self, content: Vec<u8>) -> Verdict {
        self.scans += 1;
        let (answer, answered) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            answer.send(examine(&content)).expect("the server waits");
        });
        let verdict = answered.recv().unwrap_or(Verdict::Infected);
        thread.join().ok();
        verdict
    }
}

fn examine(content: &[u8]) -> Verdict {
    if content.windows(SIGNATURE.len()).any(|window| window == SIGNATURE) {
        Verdict::Infected
    } else {
        Verdict::Clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_signature_is_found() {
        assert_eq!(examine(b"..EICAR.."), Verdict::Infected);
        assert_eq!(examine(b"harmless"), Verdict::Clean);
    }
}
