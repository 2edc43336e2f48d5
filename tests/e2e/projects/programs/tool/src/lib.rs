//! What the programs share.

use std::sync::Mutex;

static KEPT: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Keeps a block until the process ends. Returns: how many are kept.
pub fn keep(bytes: usize) -> usize {
    let mut kept = KEPT.lock().unwrap();
    kept.push(vec![1; bytes]);
    kept.len()
}
