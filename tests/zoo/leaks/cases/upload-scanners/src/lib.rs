//! Virus scans of uploads.

pub mod scanner;

use std::io::{self, Read};

use scanner::{Scanner, Verdict};

#[derive(Default)]
pub struct Server {
    scanner: Scanner,
    accepted: usize,
}

impl Server {
    pub fn upload(&mut self, mut body: impl Read) -> io::Result<Verdict> {
        let mut content = Vec::new();
        body.read_to_end(&mut content)?;
        let verdict = self.scanner.scan(content);
        if verdict == Verdict::Clean {
            self.accepted += 1;
        }
        Ok(verdict)
    }

    pub fn accepted(&self) -> usize {
        self.accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_uploads_are_accepted() {
        let mut server = Server::default();
        for _ in 0..12 {
            let body = io::repeat(b'a').take(24 * 1024);
            assert_eq!(server.upload(body).unwrap(), Verdict::Clean);
        }
        assert_eq!(server.accepted(), 12);
    }
}
