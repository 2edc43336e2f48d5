use crate::source::Source;
use bytes::BytesMut;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

pub struct Poller {
    source: Arc<Source>,
    polling: Option<JoinHandle<()>>,
}

impl Poller {
    pub fn of(source: Arc<Source>) -> Self {
        Self { source, polling: None }
    }

    /// Polls at this interval from now on.
    pub fn every(&mut self, interval: Duration) {
        self.stop();
        let source = self.source.clone();
        self.polling = Some(tokio::spawn(poll(source, interval)));
    }

    pub fn stop(&mut self) {
        if let Some(polling) = self.polling.take() {
            polling.abort();
        }
    }
}

async fn poll(source: Arc<Source>, interval: Duration) {
    let mut text = BytesMut::new();
    let mut ticks = tokio::time::interval(interval);
    loop {
        ticks.tick().await;
        source.read(&mut text);
    }
}
