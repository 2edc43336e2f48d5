use read_leases::{connection::serve, pool::Pool};
use tokio::sync::{mpsc, watch};
use tokio::task::yield_now;

#[tokio::test]
async fn idle_connections_stop_with_the_server() {
    let (stop, stopped) = watch::channel(false);
    let pool = Pool::of(8192);
    let mut clients = Vec::new();
    let mut served = Vec::new();
    for _ in 0..40 {
        let (client, packets) = mpsc::channel(1);
        served.push(tokio::spawn(serve(pool.clone(), packets, stopped.clone())));
        client.send(vec![1, 2, 3]).await.expect("a connection");
        yield_now().await;
        clients.push(client);
    }
    stop.send_replace(true);
    for connection in served {
        assert_eq!(connection.await.expect("a sum"), 6);
    }
}
