use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many exports may run.
#[derive(Clone)]
pub struct Slots(Arc<Semaphore>);

impl Slots {
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    pub async fn take(&self) -> OwnedSemaphorePermit {
        self.0.clone().acquire_owned().await.expect("slots are never closed")
    }
}
