use indexmap::IndexMap;

use crate::DeliveryId;

const DAY: u64 = 86_400;

#[derive(Default)]
pub struct Inbox {
    /// When each delivery came first, oldest first.
    seen: IndexMap<DeliveryId, u64>,
    taken: usize,
}

impl Inbox {
    /// Takes a delivery. Whether it is new.
    pub fn deliver(&mut self, id: DeliveryId, now: u64) -> bool {
        let expired = self.seen.values().take_while(|first| **first + DAY < now).count();
        self.seen.drain(..expired);
        let new = self.seen.insert(id, now).is_none();
        self.taken += usize::from(new);
        new
    }

    pub fn taken(&self) -> usize {
        self.taken
    }
}
