//! The server and the connections to it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

use crate::access_log::AccessLog;
use crate::replica::Replica;
use crate::session::{Session, Sessions};
use crate::store::Store;
use crate::Fault;

/// How many requests are served at the same time; the others wait.
const CONCURRENT_REQUESTS: usize = 16;

/// The whole service. Handlers reach it through a [`Connection`].
pub struct Server {
    pub(crate) store: Store,
    pub(crate) replica: Arc<Replica>,
    pub(crate) log: Mutex<AccessLog>,
    pub(crate) slots: Semaphore,
    pub(crate) fault: Option<Fault>,
    sessions: Sessions,
    requests: AtomicU64,
}

impl Server {
    /// A server without data. It is healthy unless `S3_FAULT` says otherwise, see [`Fault::from_env`].
    pub fn start() -> Arc<Self> {
        let fault = Fault::from_env();
        Arc::new(Self {
            store: Store::default(),
            replica: Arc::default(),
            log: Mutex::new(AccessLog::new(fault)),
            slots: Semaphore::new(CONCURRENT_REQUESTS),
            fault,
            sessions: Sessions::new(fault),
            requests: AtomicU64::new(0),
        })
    }

    pub fn connect(self: &Arc<Self>) -> Connection {
        Connection {
            session: self.sessions.open(self.requests()),
            server: Arc::clone(self),
        }
    }

    /// Closes the sessions that nobody uses any more, and returns how many these were.
    pub fn evict_idle(&self) -> usize {
        self.sessions.evict_idle(self.requests())
    }

    pub fn open_sessions(&self) -> usize {
        self.sessions.count()
    }

    pub fn replicated_bytes(&self) -> u64 {
        self.replica.received_bytes()
    }

    /// The latest request in the access log.
    pub fn last_request(&self) -> Option<String> {
        let log = self.log.lock().unwrap();
        let line = log.lines().next_back();
        line.map(str::to_owned)
    }

    /// The number of requests so far, which is also the server's clock.
    pub fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Counts a request and returns its time.
    pub(crate) fn tick(&self) -> u64 {
        self.requests.fetch_add(1, Relaxed) + 1
    }
}

/// A client's way in. Dropping it closes its session.
pub struct Connection {
    pub(crate) server: Arc<Server>,
    pub(crate) session: Arc<Session>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.server.sessions.close(&self.session);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::runtime;
    use tokio::task::JoinSet;

    use super::*;
    use crate::{profiling, Error};

    #[tokio::test]
    async fn overwriting_an_object_keeps_one_copy() {
        let _profiler = profiling::start();
        let server = Server::start();
        let client = server.connect();
        client.create_bucket("photos").await.unwrap();
        for version in 0..100 {
            let body = Bytes::from(vec![version; 4096]);
            client.put("photos", "cat.jpg", body).await.unwrap();
        }
        assert_eq!(client.get("photos", "cat.jpg").await.unwrap()[0], 99);
        assert_eq!(client.list("photos", "").await.unwrap(), ["cat.jpg"]);
    }

    #[tokio::test]
    async fn every_request_is_logged() {
        let _profiler = profiling::start();
        let server = Server::start();
        let client = server.connect();
        client.create_bucket("photos").await.unwrap();
        for _ in 0..2_000 {
            let missing = client.get("photos", "dog.jpg").await;
            assert_eq!(missing, Err(Error::NoSuchKey));
        }
        assert_eq!(server.requests(), 2_001);
        assert_eq!(server.last_request().unwrap(), "GET photos/dog.jpg 404");
    }

    /// The runtime starts after the profile and is shut down before it ends, so that no worker is still busy freeing
    /// a task when the profile counts what is left.
    #[test]
    fn workers_share_the_store() {
        let _profiler = profiling::start();
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(4)
            .build()
            .unwrap();
        let server = Server::start();
        runtime.block_on(async {
            let mut workers = JoinSet::new();
            for worker in 0..8 {
                let client = server.connect();
                let bucket = format!("bucket-{worker}");
                client.create_bucket(&bucket).await.unwrap();
                workers.spawn(async move {
                    for number in 0..40 {
                        let body = Bytes::from(vec![worker; 1024]);
                        client
                            .put(&bucket, &format!("{number:03}"), body)
                            .await
                            .unwrap();
                    }
                });
            }
            workers.join_all().await;
        });
        assert_eq!(server.open_sessions(), 0);
        assert_eq!(server.requests(), 8 + 8 * 40);
        assert_eq!(server.store.list("bucket-7", "").unwrap().len(), 40);
    }
}
