use futures::stream::{self, StreamExt};

pub struct Page {
    pub items: Vec<u64>,
}

async fn fetch(number: u64) -> Page {
    let items = (0..256).map(|n| number * 256 + n).collect();
    // The server answers after a while.
    tokio::task::yield_now().await;
    Page { items }
}

/// Reads all pages and returns the sum of what is in them.
pub async fn total(pages: u64) -> u64 {
    stream::iter(0..pages)
        .map(fetch)
        .buffer_unordered(4)
        .fold(0, |sum, page| async move { sum + page.items.iter().sum::<u64>() })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_pages_count() {
        let items = 120 * 256;
        assert_eq!(total(120).await, items * (items - 1) / 2);
    }

    #[tokio::test]
    async fn a_page_has_256_items() {
        assert_eq!(fetch(3).await.items.len(), 256);
    }
}
