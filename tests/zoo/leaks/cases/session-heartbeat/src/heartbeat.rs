use std::time::Duration;
use tokio::sync::watch;

/// Latencies of the last pings of one session, in ms.
struct Window {
    samples: Vec<u32>,
    next: usize,
}

impl Window {
    fn new(len: usize) -> Self {
        Self { samples: vec![0; len], next: 0 }
    }

    fn record(&mut self, ms: u32) {
        let at = self.next % self.samples.len();
        self.samples[at] = ms;
        self.next += 1;
    }
}

/// Pings a session until it is closed.
pub async fn run(every: Duration, mut closed: watch::Receiver<bool>) {
    let mut window = Window::new(512);
    let mut ticks = tokio::time::interval(every);
    loop {
        tokio::select! {
            _ = ticks.tick() => window.record(1),
            _ = closed.wait_for(|closed| *closed) => return,
        }
    }
}
