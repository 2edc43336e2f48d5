use dyn_handlers::handlers::{Echo, Search};
use dyn_handlers::router::Router;

#[tokio::test]
async fn words_are_found() {
    let router = Router::default().route("/search", Search::through("to be or not to be"));
    for n in 0..400 {
        let word = format!("What is there about item {n} of all the items that the shop has?");
        assert_eq!(router.call("/search", &word).await.as_deref(), Some("0"));
    }
    assert_eq!(router.call("/search", "to").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn an_unknown_path_has_no_handler() {
    let router = Router::default().route("/echo", Echo);
    assert_eq!(router.call("/echo", "hi").await.as_deref(), Some("hi"));
    assert_eq!(router.call("/other", "hi").await, None);
}
