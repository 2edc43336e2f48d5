use std::ffi::c_void;
use std::sync::{Arc, Mutex};

use crate::native;

/// What a copy has reported.
#[derive(Default)]
pub struct Progress {
    percent: Mutex<Vec<u8>>,
}

impl Progress {
    pub fn percent(&self) -> Vec<u8> {
        self.percent.lock().unwrap().clone()
    }
}

struct Context {
    progress: Arc<Progress>,
    total: usize,
}

unsafe fn on_block(context: *const c_void, done: usize) {
    let context = unsafe { &*context.cast::<Context>() };
    let percent = u8::try_from(done * 100 / context.total).unwrap_or(100);
    context.progress.percent.lock().unwrap().push(percent);
}

pub fn copy_with_progress(total: usize, progress: &Arc<Progress>) {
    let context = Context { progress: Arc::clone(progress), total };
    // SAFETY: the context outlives the call.
    unsafe { native::copy(total, 4096, on_block, (&raw const context).cast()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_reported() {
        let progress = Arc::new(Progress::default());
        copy_with_progress(1 << 20, &progress);
        let percent = progress.percent();
        assert_eq!(percent.len(), 256);
        assert_eq!(percent.last(), Some(&100));
    }

    #[test]
    fn nothing_to_copy_reports_nothing() {
        let progress = Arc::new(Progress::default());
        copy_with_progress(0, &progress);
        assert!(progress.percent().is_empty());
    }
}
