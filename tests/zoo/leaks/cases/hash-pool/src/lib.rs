//! Hashes uploads on the blocking pool.
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::{spawn_blocking, JoinHandle};

#[derive(Clone)]
pub struct Hasher {
    slots: Arc<Semaphore>,
}

#[derive(Debug, PartialEq)]
pub struct Overloaded;

impl Hasher {
    pub fn new(slots: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(slots)) }
    }

    /// Starts to hash a chunk, unless there are too many of them already.
    pub fn hash(&self, chunk: &[u8]) -> Result<JoinHandle<u64>, Overloaded> {
        let slot = self.slots.clone().try_acquire_owned().map_err(|_| Overloaded)?;
        let chunk = chunk.to_vec();
        Ok(spawn_blocking(move || {
            let hash = chunk
                .iter()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
            drop(slot);
            hash
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use tokio::runtime::Builder;

    #[test]
    fn chunks_wait_for_the_pool() {
        let runtime = Builder::new_current_thread().max_blocking_threads(1).build().expect("a runtime");
        runtime.block_on(async {
            let (release, released) = mpsc::channel::<()>();
            let busy = spawn_blocking(move || released.recv());
            let hasher = Hasher::new(4);
            let started: Vec<_> = (0..64).filter_map(|n| hasher.hash(&[n; 4096]).ok()).collect();
            assert!(started.len() >= 4);
            release.send(()).expect("the pool waits");
            assert!(busy.await.is_ok());
            for hash in started {
                assert_ne!(hash.await.expect("a hash"), 0);
            }
        });
    }
}
