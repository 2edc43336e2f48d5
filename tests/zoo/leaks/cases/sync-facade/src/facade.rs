use crate::session::Session;
use tokio::runtime::{Builder, Runtime};

/// Blocks at each call.
pub struct SyncClient {
    session: Session,
    runtime: Runtime,
}

impl SyncClient {
    pub fn connect() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_time().build()?;
        Ok(Self { session: Session::default(), runtime })
    }

    pub fn set(&self, key: &str, value: &str) -> Option<String> {
        self.runtime.block_on(self.session.set(key, value))
    }

    pub fn get(&self, key: &str) -> Option<String> {
        self.runtime.block_on(self.session.get(key))
    }
}
