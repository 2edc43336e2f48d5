use blocking_client::Client;

#[test]
fn answers_carry_the_path() {
    let client = Client::new("crates");
    let reply = client.get("/serde");
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"crates:/serde".as_slice()));
}
