use futures::future::select_all;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{sleep, Sleep};

struct Timer {
    document: u32,
    due: Pin<Box<Sleep>>,
}

/// Which documents have changed, and when they are to be saved.
pub struct Autosave {
    after: Duration,
    timers: Vec<Timer>,
}

impl Autosave {
    pub fn after(after: Duration) -> Self {
        Self { after, timers: Vec::new() }
    }

    /// A document has changed: it is due again in a while.
    pub fn changed(&mut self, document: u32) {
        if let Some(timer) = self.timers.iter_mut().find(|timer| timer.document == document) {
            timer.due.as_mut().reset(tokio::time::Instant::now() + self.after);
            return;
        }
        self.timers.push(Timer { document, due: Box::pin(sleep(self.after)) });
    }

    /// Waits for the next document that is to be saved.
    pub async fn next(&mut self) -> Option<u32> {
        if self.timers.is_empty() {
            return None;
        }
        let ((), at, _) = select_all(self.timers.iter_mut().map(|timer| timer.due.as_mut())).await;
        Some(self.timers.swap_remove(at).document)
    }
}
