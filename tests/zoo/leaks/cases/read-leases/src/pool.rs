use std::sync::{Arc, Mutex};

/// Buffers that are free.
#[derive(Clone)]
pub struct Pool {
    free: Arc<Mutex<Vec<Box<[u8]>>>>,
    size: usize,
}

/// A buffer that goes back to its pool.
pub struct Lease {
    pub buffer: Box<[u8]>,
    pool: Pool,
}

impl Pool {
    pub fn of(size: usize) -> Self {
        Self { free: Arc::default(), size }
    }

    pub fn lease(&self) -> Lease {
        let free = self.free.lock().expect("pool").pop();
        let buffer = free.unwrap_or_else(|| vec![0; self.size].into_boxed_slice());
        Lease { buffer, pool: self.clone() }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.free.lock().expect("pool").push(std::mem::take(&mut self.buffer));
    }
}
