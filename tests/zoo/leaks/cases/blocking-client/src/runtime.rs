use std::future::Future;
use std::sync::{LazyLock, Mutex};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Mutex<Runtime>> =
    LazyLock::new(|| Mutex::new(Builder::new_current_thread().enable_time().build().expect("a runtime")));

pub fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.lock().expect("the runtime").block_on(future)
}
