use crate::heartbeat;
use std::time::Duration;
use tokio::sync::watch;

pub struct Session {
    pub id: u32,
    closed: watch::Sender<bool>,
}

impl Session {
    pub fn close(self) -> u32 {
        self.closed.send_replace(true);
        self.id
    }
}

pub struct Gateway {
    heartbeat: Duration,
    next: u32,
}

impl Gateway {
    pub fn new(heartbeat: Duration) -> Self {
        Self { heartbeat, next: 0 }
    }

    pub fn accept(&mut self) -> Session {
        let (closed, watched) = watch::channel(false);
        tokio::spawn(heartbeat::run(self.heartbeat, watched));
        self.next += 1;
        Session { id: self.next, closed }
    }
}
