use std::sync::Mutex;

/// What was delivered, for as long as the process lives.
pub struct Archive {
    letters: Mutex<Vec<Box<str>>>,
}

impl Archive {
    pub const fn new() -> Self {
        Self { letters: Mutex::new(Vec::new()) }
    }

    pub fn file(&self, subject: &str) {
        self.letters.lock().unwrap().push(subject.into());
    }

    pub fn count(&self) -> usize {
        self.letters.lock().unwrap().len()
    }
}

impl Default for Archive {
    fn default() -> Self {
        Self::new()
    }
}
