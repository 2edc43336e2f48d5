//! A session table in shards, each with an open-addressed table of its own.
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

pub struct Session {
    pub user: u64,
    pub token: [u8; 48],
}

pub struct Sessions {
    hasher: RandomState,
    shards: Vec<HashMap<u64, Session>>,
}

impl Sessions {
    pub fn new(shards: usize) -> Self {
        Self { hasher: RandomState::new(), shards: (0..shards).map(|_| HashMap::new()).collect() }
    }

    fn shard(&self, id: u64) -> usize {
        (self.hasher.hash_one(id) % self.shards.len() as u64) as usize
    }

    pub fn open(&mut self, id: u64, user: u64) {
        let shard = self.shard(id);
        self.shards[shard].insert(id, Session { user, token: [user as u8; 48] });
    }

    pub fn close(&mut self, id: u64) -> Option<Session> {
        let shard = self.shard(id);
        self.shards[shard].remove(&id)
    }

    pub fn len(&self) -> usize {
        self.shards.iter().map(HashMap::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(HashMap::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_open_and_close() {
        let mut sessions = Sessions::new(4);
        for id in 0..440 {
            sessions.open(id, id * 7);
        }
        assert_eq!(sessions.len(), 440);
        assert_eq!(sessions.close(12).unwrap().user, 84);
        assert!(sessions.close(12).is_none());
    }

    #[test]
    fn two_shards_hold_what_one_would() {
        let mut sessions = Sessions::new(2);
        for id in 0..890 {
            sessions.open(id, 1);
        }
        assert_eq!((0..890).filter_map(|id| sessions.close(id)).map(|s| u64::from(s.token[3])).sum::<u64>(), 890);
        assert!(sessions.is_empty());
    }
}
