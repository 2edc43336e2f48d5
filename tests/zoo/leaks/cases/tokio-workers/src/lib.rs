use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use tokio::task::JoinSet;

#[derive(Default)]
pub struct Service {
    served: AtomicU64,
}

impl Service {
    async fn render(&self, id: u64) -> Vec<u8> {
        let mut page = Vec::with_capacity(24 << 10);
        for part in 0..24_u64 {
            page.extend(std::iter::repeat_n((id + part) as u8, 1 << 10));
            if part % 8 == 0 {
                tokio::task::yield_now().await;
            }
        }
        self.served.fetch_add(1, Ordering::Relaxed);
        page
    }

    pub async fn handle(self: Arc<Self>, id: u64) -> u64 {
        let page = self.render(id).await;
        page.iter().map(|b| u64::from(*b)).sum()
    }
}

pub async fn serve(service: &Arc<Service>, requests: u64) -> u64 {
    let mut tasks = JoinSet::new();
    for id in 0..requests {
        tasks.spawn(Arc::clone(service).handle(id));
    }
    let mut sum = 0;
    while let Some(done) = tasks.join_next().await {
        sum += done.expect("a handler does not panic");
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn all_requests_are_served() {
        let service = Arc::new(Service::default());
        let sum = serve(&service, 60).await;
        assert_eq!(service.served.load(Ordering::Relaxed), 60);
        let expected: u64 = (0..60).flat_map(|id| (0..24).map(move |part| (id + part) * 1024)).sum();
        assert_eq!(sum, expected);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_request_is_no_work() {
        assert_eq!(serve(&Arc::default(), 0).await, 0);
    }
}
