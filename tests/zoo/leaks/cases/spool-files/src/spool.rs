use std::cell::Cell;

#[derive(Default)]
pub struct Spool {
    aborted: Cell<usize>,
    committed: Cell<usize>,
}

/// A message that is being received.
pub struct Entry<'a> {
    spool: &'a Spool,
    message: Vec<u8>,
    committed: bool,
}

impl Spool {
    pub fn begin(&self) -> Entry<'_> {
        Entry { spool: self, message: Vec::new(), committed: false }
    }

    /// How many messages were kept, and how many were given up.
    pub fn counts(&self) -> (usize, usize) {
        (self.committed.get(), self.aborted.get())
    }
}

impl Entry<'_> {
    pub fn write(&mut self, chunk: &[u8]) {
        self.message.extend_from_slice(chunk);
    }

    /// Ends the entry; gives the size of the message.
    pub fn commit(mut self) -> usize {
        self.committed = true;
        self.spool.committed.set(self.spool.committed.get() + 1);
        self.message.len()
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if !self.committed {
            self.spool.aborted.set(self.spool.aborted.get() + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_messages_are_counted() {
        let spool = Spool::default();
        for _ in 0..10 {
            let mut entry = spool.begin();
            entry.write(&[b'x'; 700]);
            entry.write(&[b'y'; 324]);
            assert_eq!(entry.commit(), 1024);
        }
        assert_eq!(spool.counts(), (10, 0));
    }

    #[test]
    fn a_broken_connection_aborts_its_message() {
        let spool = Spool::default();
        spool.begin().write(b"MAIL FROM");
        assert_eq!(spool.counts(), (0, 1));
    }
}
