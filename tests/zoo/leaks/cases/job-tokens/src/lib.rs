//! Jobs that can be cancelled by their number.
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub struct Jobs {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    tokens: BTreeMap<u64, CancellationToken>,
}

/// The jobs of this process.
pub fn jobs() -> &'static Jobs {
    static JOBS: OnceLock<Jobs> = OnceLock::new();
    JOBS.get_or_init(Jobs::default)
}

impl Jobs {
    pub fn start(&self) -> (u64, CancellationToken) {
        let mut state = self.state.lock().expect("jobs");
        state.next += 1;
        let (id, token) = (state.next, CancellationToken::new());
        state.tokens.insert(id, token.clone());
        (id, token)
    }

    /// Cancels a job that has not finished.
    pub fn cancel(&self, id: u64) -> bool {
        let token = self.state.lock().expect("jobs").tokens.remove(&id);
        token.is_some_and(|token| {
            token.cancel();
            true
        })
    }

    pub fn finish(&self, id: u64) {
        self.state.lock().expect("jobs").tokens.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_can_be_cancelled() {
        for _ in 0..3 {
            let (id, token) = jobs().start();
            assert!(jobs().cancel(id));
            assert!(token.is_cancelled());
        }
    }

    #[test]
    fn a_job_that_has_finished_is_not_cancelled() {
        let (id, token) = jobs().start();
        jobs().finish(id);
        assert!(!jobs().cancel(id));
        assert!(!token.is_cancelled());
    }
}
