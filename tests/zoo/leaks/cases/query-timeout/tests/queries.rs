use query_timeout::service::Service;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_locked_table_takes_too_long() {
    let service = Service { patience: Duration::from_secs(30) };
    for _ in 0..40 {
        assert_eq!(service.query(0).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_is_summed_up() {
    let service = Service { patience: Duration::from_secs(30) };
    assert_eq!(service.query(2).await, Some(8191 * 8192));
}
