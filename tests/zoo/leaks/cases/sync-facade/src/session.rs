use std::collections::BTreeMap;
use tokio::sync::Mutex;

#[derive(Default)]
pub struct Session {
    entries: Mutex<BTreeMap<String, String>>,
}

impl Session {
    pub async fn set(&self, key: &str, value: &str) -> Option<String> {
        self.entries.lock().await.insert(key.to_owned(), value.to_owned())
    }

    pub async fn get(&self, key: &str) -> Option<String> {
        self.entries.lock().await.get(key).cloned()
    }
}
