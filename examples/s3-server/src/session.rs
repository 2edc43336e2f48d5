//! Who is connected, and who has been idle for too long.

use std::array;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, Weak};

use crate::Fault;

/// A session is idle when the server has answered this many requests of others since its own last one.
pub const IDLE_AFTER: u64 = 20_000;

/// The open sessions.
pub struct Sessions {
    open: Mutex<BTreeMap<u64, Arc<Session>>>,
    next_id: AtomicU64,
    fault: Option<Fault>,
}

impl Sessions {
    pub fn new(fault: Option<Fault>) -> Self {
        Self {
            open: Mutex::default(),
            next_id: AtomicU64::new(1),
            fault,
        }
    }

    /// Opens a session at the time `now`, counted in requests as all times here.
    pub fn open(&self, now: u64) -> Arc<Session> {
        let session = Arc::new(Session {
            id: self.next_id.fetch_add(1, Relaxed),
            closed: AtomicBool::new(false),
            watcher: OnceLock::new(),
        });
        session.watch(now, self.fault);
        let mut open = self.open.lock().unwrap();
        open.insert(session.id, Arc::clone(&session));
        session
    }

    pub fn close(&self, session: &Session) {
        session.closed.store(true, Relaxed);
        self.open.lock().unwrap().remove(&session.id);
    }

    /// Closes the sessions that are idle at the time `now`, and returns how many these were.
    pub fn evict_idle(&self, now: u64) -> usize {
        let mut open = self.open.lock().unwrap();
        let before = open.len();
        open.retain(|_, session| !session.watcher().close_if_idle(now));
        before - open.len()
    }

    pub fn count(&self) -> usize {
        self.open.lock().unwrap().len()
    }
}

/// One client's connection.
pub struct Session {
    id: u64,
    closed: AtomicBool,
    watcher: OnceLock<Arc<Watcher>>,
}

impl Session {
    pub fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Notes a request at the time `now`.
    pub fn touch(&self, now: u64) {
        self.watcher().note(now);
    }

    /// Gives the session its watcher.
    ///
    /// A session owns its watcher, so the watcher must not own the session. With [`Fault::ReferenceCycle`] it does,
    /// and neither of the two is ever freed.
    fn watch(self: &Arc<Self>, now: u64, fault: Option<Fault>) {
        let session = match fault {
            Some(Fault::ReferenceCycle) => Watched::Owned(Arc::clone(self)),
            _ => Watched::Borrowed(Arc::downgrade(self)),
        };
        let watcher = Arc::new(Watcher {
            session,
            requests: AtomicU64::new(0),
            recent: array::from_fn(|_| AtomicU64::new(now)),
        });
        assert!(self.watcher.set(watcher).is_ok(), "watched twice");
    }

    fn watcher(&self) -> &Watcher {
        self.watcher.get().expect("open() calls watch()")
    }
}

/// Knows when its session was last used.
struct Watcher {
    session: Watched,
    requests: AtomicU64,
    /// The times of the latest requests, written round and round.
    recent: [AtomicU64; 64],
}

enum Watched {
    Borrowed(Weak<Session>),
    Owned(Arc<Session>),
}

impl Watcher {
    fn note(&self, now: u64) {
        let slot = self.requests.fetch_add(1, Relaxed) as usize % self.recent.len();
        self.recent[slot].store(now, Relaxed);
    }

    fn close_if_idle(&self, now: u64) -> bool {
        let times = self.recent.iter().map(|time| time.load(Relaxed));
        let idle = now.saturating_sub(times.max().unwrap_or(now)) > IDLE_AFTER;
        if idle {
            if let Some(session) = self.session.get() {
                session.closed.store(true, Relaxed);
            }
        }
        idle
    }
}

impl Watched {
    fn get(&self) -> Option<Arc<Session>> {
        match self {
            Self::Borrowed(session) => session.upgrade(),
            Self::Owned(session) => Some(Arc::clone(session)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiling;

    #[test]
    fn closed_sessions_are_forgotten() {
        let _profiler = profiling::start();
        let sessions = Sessions::new(Fault::from_env());
        for now in 0..100 {
            let session = sessions.open(now);
            session.touch(now);
            sessions.close(&session);
            assert!(session.is_closed());
        }
        assert_eq!(sessions.count(), 0);
    }

    #[test]
    fn only_idle_sessions_are_evicted() {
        let _profiler = profiling::start();
        let sessions = Sessions::new(Fault::from_env());
        let (idle, busy) = (sessions.open(0), sessions.open(0));
        busy.touch(IDLE_AFTER);
        assert_eq!(sessions.evict_idle(IDLE_AFTER + 1), 1);
        assert!(idle.is_closed());
        assert!(!busy.is_closed());
    }
}
