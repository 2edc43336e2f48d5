//! Metrics of a process, sent in the background by a runtime that all libraries of the process share.
use bytes::{BufMut, Bytes, BytesMut};
use std::sync::OnceLock;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).build().expect("a runtime"))
}

#[derive(Default)]
pub struct Snapshot {
    lines: Vec<(String, u64)>,
}

impl Snapshot {
    pub fn gauge(&mut self, name: &str, value: u64) {
        self.lines.push((name.to_owned(), value));
    }

    fn encode(&self) -> Bytes {
        let mut text = BytesMut::with_capacity(self.lines.len() * 32);
        for (name, value) in &self.lines {
            text.put_slice(format!("{name} {value}\n").as_bytes());
        }
        text.freeze()
    }
}

/// What the other end said about a snapshot.
pub struct Ack(oneshot::Sender<usize>);

impl Ack {
    pub fn with(self, bytes: usize) {
        let _ = self.0.send(bytes);
    }
}

/// Sends a snapshot and waits until the other end has counted its bytes.
pub fn push(snapshot: &Snapshot, collector: impl FnOnce(Bytes, Ack)) -> usize {
    let text = snapshot.encode();
    let (ack, acked) = oneshot::channel();
    let len = text.len();
    collector(text, Ack(ack));
    runtime().block_on(async move { acked.await.unwrap_or(len) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(lines: usize) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for n in 0..lines {
            snapshot.gauge(&format!("queue_{n}"), n as u64);
        }
        snapshot
    }

    #[test]
    fn a_collector_may_hang_up() {
        for _ in 0..20 {
            assert!(push(&snapshot(100), |_, ack| drop(ack)) >= 1000);
        }
    }
}
