use crate::router::Handler;
use futures::future::{BoxFuture, FutureExt};
use futures::lock::Mutex;

/// Finds words in a text, and remembers what was looked for.
pub struct Search {
    text: &'static str,
    recent: Mutex<Vec<String>>,
}

impl Search {
    pub fn through(text: &'static str) -> Self {
        Self { text, recent: Mutex::default() }
    }

    async fn find(&self, word: &str) -> usize {
        let mut recent = self.recent.lock().await;
        if recent.len() == 10 {
            recent.remove(0);
        }
        recent.push(word.to_lowercase());
        self.text.matches(word).count()
    }
}

impl Handler for Search {
    fn handle<'a>(&'a self, body: &'a str) -> BoxFuture<'a, String> {
        async move { self.find(body).await.to_string() }.boxed()
    }
}
