//! Scratch pages for sorting: borrowed, filled, put back.

use std::mem::ManuallyDrop;

const PAGE: usize = 4096;

pub struct Arena {
    idle: Vec<Box<[u8; PAGE]>>,
    most_idle: usize,
}

/// A page; gives itself back to nobody, `Arena::put_back` does.
pub struct Page {
    bytes: ManuallyDrop<Box<[u8; PAGE]>>,
}

impl Page {
    pub fn fill(&mut self, byte: u8) -> usize {
        self.bytes.fill(byte);
        self.bytes.len()
    }
}

impl Arena {
    pub fn new(most_idle: usize) -> Self {
        Self { idle: Vec::new(), most_idle }
    }

    pub fn borrow(&mut self) -> Page {
        let bytes = self.idle.pop().unwrap_or_else(|| Box::new([0; PAGE]));
        Page { bytes: ManuallyDrop::new(bytes) }
    }

    pub fn put_back(&mut self, page: Page) {
        let bytes = ManuallyDrop::into_inner(page.bytes);
        if self.idle.len() < self.most_idle {
            self.idle.push(bytes);
        }
    }

    pub fn idle(&self) -> usize {
        self.idle.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_pages_is_given_back() {
        let mut arena = Arena::new(2);
        let mut pages: Vec<Page> = (0..8).map(|_| arena.borrow()).collect();
        for page in &mut pages {
            assert_eq!(page.fill(7), PAGE);
        }
        for page in pages {
            arena.put_back(page);
        }
        assert_eq!(arena.idle(), 2);
    }

    #[test]
    fn an_idle_page_is_borrowed_again() {
        let mut arena = Arena::new(2);
        let page = arena.borrow();
        arena.put_back(page);
        let page = arena.borrow();
        assert_eq!(arena.idle(), 0);
        arena.put_back(page);
    }
}
