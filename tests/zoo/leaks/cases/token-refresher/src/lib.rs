//! Tokens of the tenants of an API, kept fresh.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

pub type Token = Arc<Vec<u8>>;

#[derive(Default)]
pub struct Refresher {
    tokens: Arc<Mutex<HashMap<String, Token>>>,
    expired: Arc<Notify>,
}

impl Refresher {
    /// The token of a tenant; fetched at the first call.
    pub async fn token(&self, tenant: &str) -> Token {
        if let Some(token) = self.tokens.lock().expect("tokens").get(tenant) {
            return token.clone();
        }
        let token = fetch(tenant).await;
        self.tokens.lock().expect("tokens").insert(tenant.to_owned(), token.clone());
        token
    }

    pub fn log_out(&self, tenant: &str) -> bool {
        self.tokens.lock().expect("tokens").remove(tenant).is_some()
    }

    pub fn expire(&self) {
        self.expired.notify_waiters();
    }
}

async fn fetch(tenant: &str) -> Token {
    tokio::task::yield_now().await;
    let mut token = vec![0; 16 << 10];
    token[..tenant.len()].copy_from_slice(tenant.as_bytes());
    Arc::new(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tenants_log_in_and_out() {
        let refresher = Refresher::default();
        for n in 0..32 {
            let tenant = format!("tenant-{n}");
            let token = refresher.token(&tenant).await;
            assert!(token.starts_with(tenant.as_bytes()));
            assert!(refresher.log_out(&tenant));
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_never_logged_in_cannot_log_out() {
        assert!(!Refresher::default().log_out("nobody"));
    }
}
