//! A feed of orders: they are validated as they come in and written by a task of their own.
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub struct Order {
    pub id: u64,
    pub note: String,
}

pub struct Feed {
    orders: mpsc::Sender<Order>,
    writer: JoinHandle<u64>,
}

impl Feed {
    pub fn start() -> Self {
        let (orders, incoming) = mpsc::channel(16);
        Self { orders, writer: tokio::spawn(write(incoming)) }
    }

    /// Takes an order in; waits while the writer is behind.
    pub async fn submit(&self, id: u64, note: &str) -> bool {
        let order = Order { id, note: note.trim().to_owned() };
        self.orders.send(order).await.is_ok()
    }

    /// Waits for the writer; returns the sum of the ids it wrote.
    pub async fn close(self) -> u64 {
        drop(self.orders);
        self.writer.await.expect("the writer")
    }
}

async fn write(mut incoming: mpsc::Receiver<Order>) -> u64 {
    let mut sum = 0;
    while let Some(order) = incoming.recv().await {
        sum += order.id;
        // The disk is slow.
        tokio::task::yield_now().await;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_orders_are_written() {
        let feed = Feed::start();
        let note = "x".repeat(500);
        for id in 0..400 {
            assert!(feed.submit(id, &note).await);
        }
        assert_eq!(feed.close().await, 400 * 399 / 2);
    }

    #[tokio::test]
    async fn an_empty_feed_writes_nothing() {
        assert_eq!(Feed::start().close().await, 0);
    }
}
