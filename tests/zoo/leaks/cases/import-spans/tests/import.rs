use import_spans::Import;
use tracing_subscriber::layer::{Identity, SubscriberExt};

#[tokio::test]
async fn pieces_add_up() {
    let _log = tracing::subscriber::set_default(tracing_subscriber::registry().with(Identity::new()));
    let mut import = Import::default();
    for n in 0..700 {
        let file = format!("2024/{n}.csv");
        import.piece(&file, "a,b\n1,2\n").await;
        import.piece(&file, "3,4\n").await;
        import.piece(&file, "").await;
    }
    assert_eq!(import.rows(), 2100);
}
