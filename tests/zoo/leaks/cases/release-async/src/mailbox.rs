use tokio::sync::mpsc;

use crate::Archive;

pub static ARCHIVE: Archive = Archive::new();

pub struct Letter {
    pub subject: String,
    pub body: Vec<u8>,
}

pub struct Mailbox {
    sender: mpsc::Sender<Letter>,
    reader: tokio::task::JoinHandle<usize>,
}

impl Mailbox {
    pub fn open(capacity: usize) -> Self {
        let (sender, receiver) = mpsc::channel(capacity);
        Self { sender, reader: tokio::spawn(read(receiver)) }
    }

    pub async fn post(&self, subject: impl Into<String>, body: Vec<u8>) {
        let letter = Letter { subject: subject.into(), body };
        assert!(self.sender.send(letter).await.is_ok(), "the reader lives as long as the box");
    }

    /// Closes the box and returns how many bytes were read.
    pub async fn close(self) -> usize {
        drop(self.sender);
        self.reader.await.expect("the reader does not panic")
    }
}

async fn read(mut receiver: mpsc::Receiver<Letter>) -> usize {
    let mut bytes = 0;
    while let Some(letter) = receiver.recv().await {
        bytes += letter.body.len();
        ARCHIVE.file(&letter.subject);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_letter_is_read_and_filed() {
        let before = ARCHIVE.count();
        let mailbox = Mailbox::open(16);
        for n in 0..120 {
            mailbox.post(format!("letter number {n}"), vec![b'.'; 4096]).await;
        }
        assert_eq!(mailbox.close().await, 120 * 4096);
        assert_eq!(ARCHIVE.count() - before, 120);
    }
}
