use std::sync::{Arc, Mutex};

use crate::mirror::Mirror;

type Callback = Arc<dyn Fn(u64) + Send + Sync>;

pub struct Download {
    name: String,
    chunk: Mutex<Vec<u8>>,
    waits: Mutex<Vec<u64>>,
    on_refusal: Mutex<Option<Callback>>,
}

impl Download {
    pub fn new(name: &str, size: usize) -> Arc<Self> {
        let download = Arc::new(Self {
            name: name.to_owned(),
            chunk: Mutex::new(vec![0; size]),
            waits: Mutex::default(),
            on_refusal: Mutex::default(),
        });
        download.watch_refusals();
        download
    }

    /// Notes how long the mirror asked to wait each time.
    fn watch_refusals(self: &Arc<Self>) {
        let this = Arc::downgrade(self);
        *self.on_refusal.lock().unwrap() = Some(Arc::new(move |millis| {
            if let Some(this) = this.upgrade() {
                this.waits.lock().unwrap().push(millis);
            }
        }));
    }

    /// Fetches from `mirror`; gives the number of attempts.
    pub fn run(&self, mirror: &Mirror) -> usize {
        let mut attempts = 1;
        while let Err(millis) = mirror.fetch(&mut self.chunk.lock().unwrap()) {
            attempts += 1;
            if let Some(callback) = &*self.on_refusal.lock().unwrap() {
                callback(millis);
            }
        }
        attempts
    }

    pub fn summary(&self) -> String {
        let waited: u64 = self.waits.lock().unwrap().iter().sum();
        format!("{}: waited {waited} ms", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_download_is_tried_again() {
        let download = Download::new("index.tar", 32 * 1024);
        assert_eq!(download.run(&Mirror::refusing(3)), 4);
        assert_eq!(download.summary(), "index.tar: waited 600 ms");
    }
}
