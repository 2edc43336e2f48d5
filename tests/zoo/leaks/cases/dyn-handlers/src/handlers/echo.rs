use crate::router::Handler;
use futures::future::{self, BoxFuture, FutureExt};

pub struct Echo;

impl Handler for Echo {
    fn handle<'a>(&'a self, body: &'a str) -> BoxFuture<'a, String> {
        future::ready(body.to_owned()).boxed()
    }
}
