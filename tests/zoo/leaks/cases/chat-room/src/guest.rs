use futures::future::BoxFuture;
use futures::lock::Mutex;
use std::sync::Arc;

pub type OnMessage = Box<dyn Fn(Arc<str>) -> BoxFuture<'static, usize> + Send + Sync>;

pub struct Guest {
    pub name: String,
    pub history: Mutex<Vec<Arc<str>>>,
    pub on_message: Mutex<Option<OnMessage>>,
}

impl Guest {
    pub fn new(name: &str) -> Arc<Self> {
        let history = Mutex::new(Vec::with_capacity(100));
        Arc::new(Self { name: name.to_owned(), history, on_message: Mutex::default() })
    }

    /// How many messages the guest has after this one.
    pub async fn receive(&self, message: Arc<str>) -> usize {
        match &*self.on_message.lock().await {
            Some(on_message) => on_message(message).await,
            None => 0,
        }
    }
}
