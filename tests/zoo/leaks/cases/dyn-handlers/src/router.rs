use futures::future::BoxFuture;
use std::collections::HashMap;

pub trait Handler: Send + Sync {
    fn handle<'a>(&'a self, body: &'a str) -> BoxFuture<'a, String>;
}

#[derive(Default)]
pub struct Router {
    routes: HashMap<&'static str, Box<dyn Handler>>,
}

impl Router {
    pub fn route(mut self, path: &'static str, handler: impl Handler + 'static) -> Self {
        self.routes.insert(path, Box::new(handler));
        self
    }

    pub async fn call(&self, path: &str, body: &str) -> Option<String> {
        let handler = self.routes.get(path)?;
        Some(handler.handle(body).await)
    }
}
