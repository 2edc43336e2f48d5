//! Tells other services what happened: every event is rendered once and handed to the queue of each endpoint.
use bytes::Bytes;
use tokio::sync::mpsc::Sender;

pub struct Event {
    pub kind: &'static str,
    pub payload: Vec<u8>,
}

pub struct Endpoint {
    pub name: String,
    queue: Sender<Bytes>,
}

impl Endpoint {
    pub fn new(name: &str, queue: Sender<Bytes>) -> Self {
        Self { name: name.to_owned(), queue }
    }
}

#[derive(Default)]
pub struct Dispatcher {
    endpoints: Vec<Endpoint>,
}

impl Dispatcher {
    pub fn register(&mut self, endpoint: Endpoint) {
        self.endpoints.push(endpoint);
    }

    /// Offers the event to every endpoint and says how many of them take it.
    pub async fn publish(&self, event: &Event) -> usize {
        let mut accepted = 0;
        for endpoint in &self.endpoints {
            let body = render(event);
            if endpoint.queue.try_send(body).is_ok() {
                accepted += 1;
            }
        }
        accepted
    }
}

fn render(event: &Event) -> Bytes {
    let mut body = Vec::with_capacity(event.kind.len() + 1 + event.payload.len());
    body.extend_from_slice(event.kind.as_bytes());
    body.push(b'\n');
    body.extend_from_slice(&event.payload);
    Bytes::from(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::channel;

    #[tokio::test]
    async fn a_busy_endpoint_keeps_the_first_events() {
        let (queue, mut endpoint) = channel(2);
        let mut dispatcher = Dispatcher::default();
        dispatcher.register(Endpoint::new("billing", queue));
        for _ in 0..40 {
            dispatcher.publish(&Event { kind: "invoice.paid", payload: vec![b'x'; 4000] }).await;
            tokio::task::yield_now().await;
        }
        let first = endpoint.recv().await.expect("an event");
        assert!(first.starts_with(b"invoice.paid\n"));
        assert_eq!(first.len(), 4013);
    }

    #[tokio::test]
    async fn an_endpoint_that_has_gone_is_not_counted() {
        let (queue, endpoint) = channel(2);
        drop(endpoint);
        let mut dispatcher = Dispatcher::default();
        dispatcher.register(Endpoint::new("billing", queue));
        assert_eq!(dispatcher.publish(&Event { kind: "invoice.paid", payload: vec![1] }).await, 0);
    }
}
