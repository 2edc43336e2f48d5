//! The requests that a client can make.

use bytes::Bytes;
use tokio::sync::SemaphorePermit;

use crate::server::Connection;
use crate::{Error, Fault, Result};

impl Connection {
    pub async fn create_bucket(&self, bucket: &str) -> Result<()> {
        let _slot = self.begin().await?;
        let created = self.server.store.create_bucket(bucket);
        self.log("PUT", bucket, "", created)
    }

    /// Stores an object and replicates it.
    pub async fn put(&self, bucket: &str, key: &str, body: Bytes) -> Result<()> {
        let _slot = self.begin().await?;
        let stored = self.server.store.put(bucket, key, body.clone());
        if stored.is_ok() {
            match self.server.fault {
                Some(Fault::UnfinishedTask) => self.server.replica.replicate_in_background(&body),
                _ => self.server.replica.replicate(&body).await,
            }
        }
        self.log("PUT", bucket, key, stored)
    }

    /// Adds a part to the end of an object.
    pub async fn append(&self, bucket: &str, key: &str, part: &[u8]) -> Result<()> {
        let _slot = self.begin().await?;
        let appended = self.server.store.append(bucket, key, part);
        self.log("POST", bucket, key, appended)
    }

    pub async fn get(&self, bucket: &str, key: &str) -> Result<Bytes> {
        let _slot = self.begin().await?;
        let body = self.server.store.get(bucket, key);
        self.log("GET", bucket, key, body)
    }

    /// The keys that start with `prefix`, in order.
    pub async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let _slot = self.begin().await?;
        let keys = self.server.store.list(bucket, prefix);
        self.log("LIST", bucket, prefix, keys)
    }

    pub async fn delete(&self, bucket: &str, key: &str) -> Result<()> {
        let _slot = self.begin().await?;
        let deleted = self.server.store.delete(bucket, key);
        self.log("DELETE", bucket, key, deleted)
    }

    /// Waits for a free slot, which the request holds until it is answered.
    async fn begin(&self) -> Result<SemaphorePermit<'_>> {
        let slot = self.server.slots.acquire().await;
        if self.session.is_closed() {
            return Err(Error::SessionExpired);
        }
        self.session.touch(self.server.tick());
        Ok(slot.expect("it is never closed"))
    }

    /// Writes the outcome of a request to the access log, and hands it on.
    fn log<T>(&self, method: &str, bucket: &str, key: &str, outcome: Result<T>) -> Result<T> {
        let status = outcome
            .as_ref()
            .map_or_else(|error| error.status(), |_| 200);
        let mut log = self.server.log.lock().unwrap();
        log.record(method, bucket, key, status);
        outcome
    }
}
