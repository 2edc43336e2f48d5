use bytes::BytesMut;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where a configuration comes from.
#[derive(Default)]
pub struct Source {
    reads: AtomicU32,
}

impl Source {
    /// Reads the configuration into a buffer, which may be used again.
    pub fn read(&self, into: &mut BytesMut) {
        into.clear();
        into.reserve(4096);
        into.extend_from_slice(b"log = \"info\"\n");
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    pub fn reads(&self) -> u32 {
        self.reads.load(Ordering::Relaxed)
    }
}
