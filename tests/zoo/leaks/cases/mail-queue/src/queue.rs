use async_channel::{Receiver, Sender};

pub struct Mail {
    pub to: String,
    pub body: Vec<u8>,
}

#[derive(Clone)]
pub struct Outbox {
    mails: Sender<Mail>,
    pub(crate) next: Receiver<Mail>,
}

#[derive(Debug, PartialEq)]
pub struct Busy;

impl Outbox {
    pub fn new() -> Self {
        let (mails, next) = async_channel::bounded(32);
        Self { mails, next }
    }

    /// Queues a mail; `Busy` asks the caller to come back later.
    pub fn post(&self, to: &str, body: &[u8]) -> Result<usize, Busy> {
        let mail = Mail { to: to.to_owned(), body: body.to_vec() };
        self.mails.try_send(mail).map_err(|_| Busy)?;
        Ok(self.mails.len())
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}
