//! The second region, to which each object is copied.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore};

/// Stands in for a remote store: it counts what it receives.
pub struct Replica {
    link: Semaphore,
    received_bytes: AtomicU64,
    acknowledged: Notify,
}

impl Default for Replica {
    fn default() -> Self {
        Self {
            link: Semaphore::new(4),
            received_bytes: AtomicU64::new(0),
            acknowledged: Notify::new(),
        }
    }
}

impl Replica {
    pub fn received_bytes(&self) -> u64 {
        self.received_bytes.load(Relaxed)
    }

    /// Sends a body and waits until it has arrived.
    pub async fn replicate(&self, body: &Bytes) {
        let _link = self.link.acquire().await.expect("it is never closed");
        self.receive(body);
    }

    /// Sends a copy of a body without waiting: [`Fault::UnfinishedTask`](crate::Fault).
    ///
    /// Nobody ever signals `acknowledged`, so the task lives, and holds its copy, for as long as the runtime does.
    pub fn replicate_in_background(self: &Arc<Self>, body: &Bytes) {
        let replica = Arc::clone(self);
        let copy = Bytes::copy_from_slice(body);
        tokio::spawn(async move {
            replica.receive(&copy);
            replica.acknowledged.notified().await;
            drop(copy);
        });
    }

    fn receive(&self, body: &Bytes) {
        self.received_bytes.fetch_add(body.len() as u64, Relaxed);
    }
}
