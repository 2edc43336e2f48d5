use rpc_pending::client::{Client, Error};

#[tokio::test]
async fn an_answer_finds_its_call() {
    let client = Client::default();
    let (answer, ()) = tokio::join!(client.call(b"ping"), async {
        assert_eq!(client.unanswered(), [1]);
        assert!(client.answer(1, b"pong".to_vec()));
    });
    assert_eq!(answer, Ok(b"pong".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_times_out() {
    let client = Client::default();
    for _ in 0..100 {
        assert_eq!(client.call(&[b'x'; 900]).await, Err(Error::TimedOut));
    }
    assert!(!client.answer(1000, Vec::new()));
}
