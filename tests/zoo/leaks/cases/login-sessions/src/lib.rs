//! Logged-in users of the admin console.

use std::collections::BTreeMap;

pub const LIFETIME: u64 = 900;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub user: String,
    pub csrf: String,
    pub begun: u64,
}

/// All sessions, by token. Times are seconds since the server started.
#[derive(Default)]
pub struct Sessions {
    by_token: BTreeMap<u64, Session>,
    tokens: u64,
}

impl Sessions {
    /// Begins a session at `now` and gives its token.
    pub fn begin(&mut self, user: &str, now: u64) -> u64 {
        self.purge(now);
        self.tokens += 1;
        let token = self.tokens.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let csrf = format!("{token:016x}-{now:016x}");
        self.by_token.insert(token, Session { user: user.to_owned(), csrf, begun: now });
        token
    }

    pub fn find(&self, token: u64, now: u64) -> Option<&Session> {
        self.by_token.get(&token).filter(|session| now < session.begun + LIFETIME)
    }

    pub fn end(&mut self, token: u64) -> bool {
        self.by_token.remove(&token).is_some()
    }

    fn purge(&mut self, now: u64) {
        self.by_token.retain(|_, session| now < session.begun + LIFETIME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_expires() {
        let mut sessions = Sessions::default();
        let mut last = 0;
        for hour in 0..200 {
            last = sessions.begin("operator", hour * 3600);
        }
        assert!(sessions.find(last, 199 * 3600 + 10).is_some());
        assert!(sessions.find(last, 200 * 3600).is_none());
    }

    #[test]
    fn a_session_can_be_ended_once() {
        let mut sessions = Sessions::default();
        let token = sessions.begin("root", 0);
        assert!(sessions.end(token));
        assert!(!sessions.end(token));
    }
}
