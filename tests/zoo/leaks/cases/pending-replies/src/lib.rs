//! The client side of a request/response protocol over one connection.

mod pending;
mod wire;

pub use pending::Pending;
pub use wire::{Reply, Status};

pub struct Client {
    pending: Pending,
    next_id: u64,
    failures: usize,
}

impl Default for Client {
    fn default() -> Self {
        Self { pending: Pending::default(), next_id: 1, failures: 0 }
    }
}

impl Client {
    /// Queues a request; gives the id that its reply will carry.
    pub fn send(&mut self, body: &[u8]) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.pending.insert(id, body);
        id
    }

    /// Handles a reply. Whether it belonged to a request.
    pub fn on_reply(&mut self, reply: &Reply) -> bool {
        let known = self.pending.complete(reply);
        if known && reply.status != Status::Done {
            self.failures += 1;
        }
        known
    }

    pub fn failures(&self) -> usize {
        self.failures
    }
}
