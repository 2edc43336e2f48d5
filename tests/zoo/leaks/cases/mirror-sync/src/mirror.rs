use std::cell::Cell;

#[derive(Default)]
pub struct Mirror {
    stored: Cell<usize>,
}

impl Mirror {
    pub async fn put(&self, key: String, object: Vec<u8>) -> usize {
        let size = key.len() + object.len();
        self.stored.set(self.stored.get() + size);
        size
    }

    pub fn stored(&self) -> usize {
        self.stored.get()
    }
}
