use std::collections::HashMap;

use crate::wire::Reply;

/// Requests that wait for their reply.
#[derive(Default)]
pub struct Pending {
    requests: HashMap<u64, Box<[u8]>>,
}

impl Pending {
    pub fn insert(&mut self, id: u64, body: &[u8]) {
        self.requests.insert(id, body.into());
    }

    pub fn complete(&mut self, reply: &Reply) -> bool {
        self.requests.remove(&reply.id).is_some()
    }
}
