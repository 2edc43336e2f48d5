use std::sync::mpsc;
use std::thread::{self, JoinHandle, Thread};

/// A file's watcher: wakes up when it is notified, and counts reloads.
pub struct Watcher {
    thread: JoinHandle<()>,
    reloads: mpsc::Receiver<usize>,
}

impl Watcher {
    /// Watches until the file has been reloaded `most` times.
    pub fn start(path: &str, most: usize) -> Self {
        let (reloaded, reloads) = mpsc::sync_channel(1);
        let path = path.to_owned();
        let thread = thread::Builder::new().name(format!("watch {path}")).spawn(move || {
            for _ in 0..most {
                thread::park();
                reloaded.send(path.len()).ok();
            }
        });
        Self { thread: thread.expect("threads can be started"), reloads }
    }

    pub fn notify(&self) -> Option<usize> {
        Self::wake(self.thread.thread());
        self.reloads.recv().ok()
    }

    fn wake(thread: &Thread) {
        thread.unpark();
    }

    pub fn finish(self) {
        self.thread.join().expect("a watcher does not panic");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_reloaded() {
        let watcher = Watcher::start("/etc/shop/prices.toml", 2);
        assert_eq!(watcher.notify(), Some(21));
        assert_eq!(watcher.notify(), Some(21));
        watcher.finish();
    }
}
