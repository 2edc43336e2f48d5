//! Settings that others watch: each key has a channel of its own.
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use tokio::sync::watch;

type Value = Arc<str>;

static KEYS: LazyLock<Mutex<HashMap<String, watch::Sender<Value>>>> = LazyLock::new(Mutex::default);

/// Watches a setting; it is empty until somebody sets it.
pub fn watch(key: &str) -> watch::Receiver<Value> {
    let mut keys = KEYS.lock().expect("settings");
    keys.retain(|_, sender| sender.receiver_count() > 0);
    let sender = keys.entry(key.to_owned()).or_insert_with(|| watch::channel("".into()).0);
    sender.subscribe()
}

/// Sets a setting, for those who watch it.
pub fn set(key: &str, value: &str) -> bool {
    let keys = KEYS.lock().expect("settings");
    keys.get(key).is_some_and(|sender| sender.send(value.into()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn a_request_watches_its_own_key() {
        static REQUESTS: AtomicU32 = AtomicU32::new(0);
        for _ in 0..100 {
            let key = format!("request/{}/deadline", REQUESTS.fetch_add(1, Ordering::Relaxed));
            let mut deadline = watch(&key);
            assert!(set(&key, "now"));
            deadline.changed().await.expect("a sender");
            assert_eq!(&**deadline.borrow(), "now");
        }
    }
}
