//! The views of a desktop program: everything runs on the thread of its window.
use std::cell::RefCell;
use std::rc::Rc;
use tokio::sync::Notify;

pub struct Row {
    pub label: String,
    pub cells: Vec<f64>,
}

pub struct Table {
    rows: Rc<RefCell<Vec<Row>>>,
    changed: Rc<Notify>,
    drawn: Rc<RefCell<usize>>,
}

impl Table {
    /// Needs to be called inside a `LocalSet`.
    pub fn open(count: usize, width: usize) -> Self {
        let rows = (0..count).map(|n| Row { label: format!("row {n}"), cells: vec![0.0; width] }).collect();
        let table = Self { rows: Rc::new(RefCell::new(rows)), changed: Rc::default(), drawn: Rc::default() };
        table.draw();
        table
    }

    pub fn update(&self, row: usize, cell: usize, value: f64) {
        self.rows.borrow_mut()[row].cells[cell] = value;
        self.changed.notify_one();
        self.draw();
    }

    fn draw(&self) {
        *self.drawn.borrow_mut() += self.rows.borrow().len();
    }

    pub fn drawn(&self) -> usize {
        *self.drawn.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::{yield_now, LocalSet};

    #[tokio::test]
    async fn tables_are_drawn_at_each_change() {
        LocalSet::new()
            .run_until(async {
                for _ in 0..30 {
                    let table = Table::open(16, 64);
                    yield_now().await;
                    table.update(3, 4, 1.5);
                    yield_now().await;
                    assert_eq!(table.drawn(), 32);
                }
            })
            .await;
    }
}
