//! Serves 10,000 simulated requests with several workers and prints a summary.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use s3_server::{profiling, Result, Server};
use tokio::runtime;
use tokio::task::JoinSet;

const WORKERS: usize = 8;
const REQUESTS: usize = 10_000;
/// A client reconnects after this many requests.
const REQUESTS_PER_SESSION: usize = 50;

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let _profiler = profiling::start();
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()?;
    let server = Server::start();
    runtime.block_on(serve(&server))?;

    println!("requests served   {}", server.requests());
    println!("bytes replicated  {}", server.replicated_bytes());
    println!("sessions open     {}", server.open_sessions());
    println!(
        "last request      {}",
        server.last_request().unwrap_or_default()
    );
    Ok(())
}

async fn serve(server: &Arc<Server>) -> std::result::Result<(), Box<dyn Error>> {
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        workers.spawn(simulate_client(Arc::clone(server), worker));
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
        server.evict_idle();
    }
    Ok(())
}

/// Makes this worker's share of the requests, in a bucket of its own. The first one creates the bucket.
async fn simulate_client(server: Arc<Server>, worker: usize) -> Result<()> {
    let bucket = format!("bucket-{worker}");
    let mut client = server.connect();
    client.create_bucket(&bucket).await?;
    for number in 1..REQUESTS / WORKERS {
        if number % REQUESTS_PER_SESSION == 0 {
            client = server.connect();
        }
        let key = format!("objects/{:02}", number / 5 % 50);
        match number % 5 {
            0 => {
                client
                    .put(&bucket, &key, Bytes::from(vec![0; 1024]))
                    .await?
            }
            1 => client.append(&bucket, &key, &[1; 256]).await?,
            2 => drop(client.get(&bucket, &key).await?),
            3 => drop(client.list(&bucket, "objects/0").await?),
            _ => client.delete(&bucket, &key).await?,
        }
    }
    Ok(())
}
