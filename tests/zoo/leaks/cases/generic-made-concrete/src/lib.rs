//! An arena with stable ids, and free slots that are used again.
pub struct Arena<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Arena<T> {
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(id) = self.free.pop() {
            self.slots[id as usize] = Some(value);
            return id;
        }
        self.slots.push(Some(value));
        (self.slots.len() - 1) as u32
    }

    pub fn remove(&mut self, id: u32) -> Option<T> {
        let value = self.slots.get_mut(id as usize)?.take()?;
        self.free.push(id);
        Some(value)
    }

    pub fn get(&self, id: u32) -> Option<&T> {
        self.slots.get(id as usize)?.as_ref()
    }
}

/// A peer and what it still has to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub address: String,
    pub outbox: Vec<u8>,
}

#[derive(Default)]
pub struct Peers {
    arena: Arena<Peer>,
}

impl Peers {
    pub fn join(&mut self, address: &str) -> u32 {
        self.arena.insert(Peer { address: address.to_string(), outbox: Vec::with_capacity(1024) })
    }

    pub fn leave(&mut self, id: u32) -> Option<Peer> {
        self.arena.remove(id)
    }

    pub fn address(&self, id: u32) -> Option<&str> {
        self.arena.get(id).map(|peer| peer.address.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_used_again() {
        let mut peers = Peers::default();
        let ids: Vec<u32> = (0..300).map(|n| peers.join(&format!("10.0.{}.{}", n / 250, n % 250))).collect();
        assert_eq!(peers.leave(ids[7]).unwrap().address, "10.0.0.7");
        assert_eq!(peers.join("10.9.9.9"), ids[7]);
        assert_eq!(peers.address(ids[299]), Some("10.0.1.49"));
        assert_eq!(peers.leave(300), None);
    }
}
