use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};

/// Fetches pages, a few at a time, and remembers them.
pub struct Fetcher {
    pages: Mutex<HashMap<String, Arc<Vec<u8>>>>,
    slots: Semaphore,
}

impl Fetcher {
    pub fn new(at_once: usize) -> Self {
        Self { pages: Mutex::default(), slots: Semaphore::new(at_once) }
    }

    async fn request(url: String) -> Vec<u8> {
        tokio::task::yield_now().await;
        url.bytes().cycle().take(8192).collect()
    }

    pub async fn fetch(&self, url: &str) -> Arc<Vec<u8>> {
        if let Some(page) = self.pages.lock().await.get(url) {
            return Arc::clone(page);
        }
        let _slot = self.slots.acquire().await.expect("never closed");
        let page = Arc::new(Self::request(url.to_string()).await);
        self.pages.lock().await.insert(url.to_string(), Arc::clone(&page));
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_is_fetched_once() {
        let fetcher = Arc::new(Fetcher::new(4));
        let mut tasks = Vec::new();
        for n in 0..64 {
            let fetcher = Arc::clone(&fetcher);
            tasks.push(tokio::spawn(async move { fetcher.fetch(&format!("/page/{n}")).await.len() }));
        }
        for task in tasks {
            assert_eq!(task.await.unwrap(), 8192);
        }
        let first = fetcher.fetch("/page/1").await;
        assert!(Arc::ptr_eq(&first, &fetcher.fetch("/page/1").await));
    }
}
