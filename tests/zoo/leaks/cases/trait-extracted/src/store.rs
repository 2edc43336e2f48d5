use std::collections::BTreeMap;

#[derive(Default)]
pub struct Memory {
    texts: BTreeMap<u32, String>,
}

impl Memory {
    pub fn put(&mut self, id: u32, text: &str) {
        self.texts.insert(id, text.to_string());
    }

    pub fn get(&self, id: u32) -> Option<String> {
        self.texts.get(&id).cloned()
    }
}

#[derive(Default)]
pub struct Notes {
    store: Memory,
    next: u32,
}

impl Notes {
    pub fn add(&mut self, text: &str) -> u32 {
        self.next += 1;
        self.store.put(self.next, text.trim());
        self.next
    }

    pub fn read(&self, id: u32) -> Option<String> {
        self.store.get(id)
    }
}
