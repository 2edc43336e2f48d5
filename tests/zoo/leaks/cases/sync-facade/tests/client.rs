use sync_facade::SyncClient;

#[test]
fn what_was_set_is_there() {
    let client = SyncClient::connect().expect("a client");
    assert_eq!(client.set("name", "old"), None);
    assert_eq!(client.set("name", "new").as_deref(), Some("old"));
    assert_eq!(client.get("name").as_deref(), Some("new"));
}
