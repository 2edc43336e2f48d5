//! Content-addressed blocks, counted by reference.
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

#[derive(Default)]
pub struct Blocks {
    by_digest: HashMap<u64, Arc<[u8]>>,
}

impl Blocks {
    pub fn add(&mut self, bytes: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let digest = hasher.finish();
        self.by_digest.entry(digest).or_insert_with(|| bytes.into());
        digest
    }

    pub fn get(&self, digest: u64) -> Option<Arc<[u8]>> {
        self.by_digest.get(&digest).cloned()
    }

    pub fn sweep(&mut self) -> usize {
        let before = self.by_digest.len();
        self.by_digest.retain(|_, block| Arc::strong_count(block) > 1);
        before - self.by_digest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_add() {
        let mut blocks = Blocks::default();
        let digests: Vec<u64> = (0..160).map(|n| blocks.add(&[(n % 80) as u8; 4000])).collect();
        assert_eq!(digests[0], digests[80]);
        assert_eq!(blocks.sweep(), 80);
    }

    #[test]
    fn test_sweep() {
        let mut blocks = Blocks::default();
        let digest = blocks.add(&[1; 30_000]);
        let held = blocks.get(digest).unwrap();
        blocks.add(&[2; 30_000]);
        assert_eq!(blocks.sweep(), 1);
        assert_eq!(held.len(), 30_000);
    }
}
