use session_heartbeat::Gateway;
use std::time::Duration;

#[tokio::test]
async fn sessions_come_and_go() {
    let mut gateway = Gateway::new(Duration::from_secs(3600));
    for n in 1..=60 {
        let session = gateway.accept();
        tokio::task::yield_now().await;
        assert_eq!(session.close(), n);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_open_session_has_its_own_number() {
    let mut gateway = Gateway::new(Duration::from_secs(3600));
    let (a, b) = (gateway.accept(), gateway.accept());
    assert_ne!(a.id, b.id);
}
