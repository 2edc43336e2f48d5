use std::sync::atomic::{AtomicUsize, Ordering};

/// A mirror that refuses the first requests, as an overloaded one does.
pub struct Mirror {
    refusals: AtomicUsize,
}

impl Mirror {
    pub fn refusing(refusals: usize) -> Self {
        Self { refusals: AtomicUsize::new(refusals) }
    }

    /// Fills `into`, or says when to ask again.
    pub fn fetch(&self, into: &mut [u8]) -> Result<(), u64> {
        let refused = self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match refused {
            Ok(left) => Err(left as u64 * 100),
            Err(_) => {
                into.fill(0x5a);
                Ok(())
            }
        }
    }
}
