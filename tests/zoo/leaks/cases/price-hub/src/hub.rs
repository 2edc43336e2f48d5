use tokio::sync::broadcast::{self, Receiver, Sender};

#[derive(Clone, Debug)]
pub struct Book {
    pub symbol: String,
    pub levels: Vec<(u64, u64)>,
}

pub struct Hub {
    books: Sender<Book>,
}

impl Hub {
    pub fn new() -> Self {
        let (books, _) = broadcast::channel(1024);
        Self { books }
    }

    pub fn watch(&self) -> Receiver<Book> {
        self.books.subscribe()
    }

    /// Publishes the best levels of a book; returns how many watch.
    pub fn publish(&self, symbol: &str, levels: &[(u64, u64)]) -> usize {
        let book = Book { symbol: symbol.to_owned(), levels: levels.to_vec() };
        self.books.send(book).unwrap_or(0)
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_watcher_sees_the_next_book() {
        let hub = Hub::new();
        let mut watcher = hub.watch();
        assert_eq!(hub.publish("ACME", &[(100, 1)]), 1);
        assert_eq!(watcher.recv().await.expect("a book").symbol, "ACME");
    }

    #[tokio::test]
    async fn a_day_that_nobody_watches() {
        let hub = Hub::new();
        for minute in 0..480 {
            assert_eq!(hub.publish("ACME", &[(minute, 1); 20]), 0);
        }
    }
}
