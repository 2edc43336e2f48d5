use crate::risk::Desk;
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;

#[derive(Default)]
pub struct Book {
    open: Mutex<Vec<Order>>,
    desk: OnceLock<Arc<Desk>>,
}

pub struct Order {
    pub account: u32,
    pub lots: u64,
}

impl Book {
    /// A book and the desk that watches it.
    pub fn open(limit: u64) -> Arc<Self> {
        let book = Arc::new(Self::default());
        let desk = Desk::watching(limit);
        book.desk.get_or_init(|| desk);
        book
    }

    pub async fn place(&self, order: Order) -> bool {
        let desk = self.desk.get().expect("open() sets it");
        let mut open = self.open.lock().await;
        let exposure = open.iter().filter(|other| other.account == order.account).map(|order| order.lots).sum();
        let accepted = desk.allows(exposure, &order).await;
        if accepted {
            open.push(order);
        }
        accepted
    }
}
