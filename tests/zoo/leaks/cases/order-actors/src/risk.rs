use crate::book::Order;
use std::sync::Arc;
use tokio::sync::Mutex;

pub struct Desk {
    limit: u64,
    refused: Mutex<Vec<u32>>,
}

impl Desk {
    pub fn watching(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, refused: Mutex::new(Vec::with_capacity(8)) })
    }

    pub async fn allows(&self, exposure: u64, order: &Order) -> bool {
        let allowed = exposure + order.lots <= self.limit;
        if !allowed {
            self.refused.lock().await.push(order.account);
        }
        allowed
    }
}
