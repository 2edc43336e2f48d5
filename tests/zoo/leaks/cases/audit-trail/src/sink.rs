use crate::Entry;
use std::sync::LazyLock;
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};
use tokio::sync::Mutex;

struct Trail {
    entries: UnboundedSender<Entry>,
    writer: Mutex<UnboundedReceiver<Entry>>,
}

static TRAIL: LazyLock<Trail> = LazyLock::new(|| {
    let (entries, writer) = unbounded_channel();
    Trail { entries, writer: Mutex::new(writer) }
});

pub fn record(entry: Entry) {
    TRAIL.entries.send(entry).expect("the trail is never closed");
}

/// Hands what was recorded so far to `write`; returns how many entries that were.
pub async fn flush(mut write: impl FnMut(&Entry)) -> usize {
    let mut writer = TRAIL.writer.lock().await;
    let mut written = 0;
    while let Ok(entry) = writer.try_recv() {
        write(&entry);
        written += 1;
    }
    written
}
