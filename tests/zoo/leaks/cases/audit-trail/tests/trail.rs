use audit_trail::{sink, Entry};

#[tokio::test]
async fn requests_are_audited_in_order() {
    let mut seen = Vec::new();
    for n in 0..10 {
        for document in 0..10 {
            for step in ["open", "read", "close"] {
                sink::record(Entry::new("alice", &format!("{step} document {n}/{document}")));
            }
        }
        sink::flush(|entry| seen.push(entry.who.clone())).await;
    }
    assert!(seen.len() > 150);
    assert!(seen.iter().all(|who| who == "alice"));
}
