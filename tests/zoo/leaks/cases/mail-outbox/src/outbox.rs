use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub body: String,
}

/// Mails on their way, by the number the relay knows them by.
#[derive(Default)]
pub struct Outbox {
    mails: BTreeMap<u64, Mail>,
    queued: u64,
}

impl Outbox {
    pub fn queue(&mut self, to: &str, body: &str) -> u64 {
        self.queued += 1;
        self.mails.insert(self.queued, Mail { to: to.to_owned(), body: body.to_owned() });
        self.queued
    }

    /// The relay has taken the mail.
    pub fn sent(&mut self, number: u64) -> Option<Mail> {
        self.mails.remove(&number)
    }
}
