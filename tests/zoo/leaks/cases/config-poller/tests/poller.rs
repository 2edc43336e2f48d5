use config_poller::{Poller, Source};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, Instant};

#[tokio::test(start_paused = true)]
async fn the_interval_may_change() {
    let source = Arc::new(Source::default());
    let mut poller = Poller::of(source.clone());
    for seconds in 100..130 {
        poller.every(Duration::from_secs(seconds));
        sleep(Duration::from_secs(1)).await;
    }
    assert!(source.reads() >= 30);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_poller_reads_no_more() {
    let start = Instant::now();
    let source = Arc::new(Source::default());
    let mut poller = Poller::of(source.clone());
    poller.every(Duration::from_secs(10));
    sleep(Duration::from_secs(25)).await;
    poller.stop();
    sleep(Duration::from_secs(100)).await;
    assert_eq!((source.reads(), start.elapsed().as_secs()), (3, 125));
}
