use pending_replies::{Client, Reply, Status};

#[test]
fn a_busy_server_answers_every_request() {
    let mut client = Client::default();
    for _ in 0..300 {
        let id = client.send(&[7; 512]);
        assert!(client.on_reply(&Reply { id, status: Status::Busy }));
    }
    assert_eq!(client.failures(), 300);
}

#[test]
fn an_unknown_reply_is_ignored() {
    let mut client = Client::default();
    assert!(!client.on_reply(&Reply { id: 99, status: Status::Done }));
    let id = client.send(b"hello");
    assert!(client.on_reply(&Reply { id, status: Status::Done }));
    assert_eq!(client.failures(), 0);
}
