use shutdown_signal::work::start;

#[tokio::test]
async fn work_may_end_before_the_process() {
    for n in 0..100_u32 {
        let work = start(async move {
            tokio::task::yield_now().await;
            n * 2
        });
        assert_eq!(work.await.expect("work"), Some(n * 2));
    }
}
