//! Prices, and the displays in the shop that follow them.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

pub trait Observer: Send + Sync {
    fn price_changed(&self, article: u32, cents: u64);
}

#[derive(Default)]
pub struct PriceBoard {
    observers: Mutex<Vec<Arc<dyn Observer>>>,
    prices: Mutex<Vec<(u32, u64)>>,
}

impl PriceBoard {
    pub fn subscribe(&self, observer: Arc<dyn Observer>) {
        self.observers.lock().push(observer);
    }

    pub fn set(&self, article: u32, cents: u64) {
        self.prices.lock().push((article, cents));
        for observer in self.observers.lock().iter() {
            observer.price_changed(article, cents);
        }
    }

    pub fn len(&self) -> usize {
        self.prices.lock().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A display: a frame buffer of text cells, redrawn when a price changes.
pub struct Display {
    board: Weak<PriceBoard>,
    cells: Mutex<[u8; 1920]>,
}

impl Display {
    pub fn attach(board: &Arc<PriceBoard>) -> Arc<Self> {
        let display = Arc::new(Self { board: Arc::downgrade(board), cells: Mutex::new([b' '; 1920]) });
        board.subscribe(display.clone());
        display
    }

    pub fn row(&self, row: usize) -> String {
        let cells = self.cells.lock();
        String::from_utf8_lossy(&cells[row * 80..row * 80 + 80]).trim_end().to_owned()
    }

    /// What the footer of the display says.
    pub fn footer(&self) -> String {
        self.board.upgrade().map_or_else(String::new, |board| format!("{} prices", board.len()))
    }
}

impl Observer for Display {
    fn price_changed(&self, article: u32, cents: u64) {
        let line = format!("{article:>6} {}.{:02}", cents / 100, cents % 100);
        self.cells.lock()[..line.len()].copy_from_slice(line.as_bytes());
    }
}
