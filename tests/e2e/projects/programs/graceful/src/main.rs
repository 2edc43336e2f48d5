//! A server on tokio that has handlers of its own for SIGTERM and SIGUSR1, and shuts down in good order.

use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(serve());
    println!("stopped in good order");
}

async fn serve() {
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    let mut user = signal(SignalKind::user_defined1()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // A pipe with a name: whoever reads it knows that the server is there.
    std::fs::write(std::env::args().nth(1).unwrap(), port.to_string()).unwrap();
    let mut kept: Vec<Vec<u8>> = Vec::new();
    loop {
        tokio::select! {
            _ = terminate.recv() => return,
            _ = user.recv() => println!("it is my own signal"),
            accepted = listener.accept() => {
                kept.push(vec![1; 100_000]);
                accepted.unwrap().0.write_all(b"kept\n").await.unwrap();
            }
            () = tokio::time::sleep(Duration::from_secs(60)) => panic!("nobody stops me"),
        }
    }
}
