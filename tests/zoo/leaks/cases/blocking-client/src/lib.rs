//! A client for callers that are not async: the calls share one runtime, which is there for as long as the process.
mod runtime;

use std::sync::Arc;
use tokio::sync::oneshot;

pub struct Client {
    name: Arc<str>,
}

pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Client {
    pub fn new(name: &str) -> Self {
        Self { name: name.into() }
    }

    pub fn get(&self, path: &str) -> Reply {
        runtime::block_on(async {
            let body = exchange(&self.name, path).await;
            Reply { status: 200, body }
        })
    }
}

async fn exchange(name: &str, path: &str) -> Vec<u8> {
    let (answer, answered) = oneshot::channel();
    let body = format!("{name}:{path}").into_bytes();
    tokio::spawn(async move { answer.send(body) });
    answered.await.expect("an answer")
}
