use crate::signal::ShutDown;
use std::future::Future;
use tokio::task::JoinHandle;

/// Starts work that ends with the process, if not before.
pub fn start<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<Option<T>> {
    tokio::spawn(async move {
        tokio::select! {
            biased;
            () = ShutDown::default() => None,
            done = work => Some(done),
        }
    })
}
