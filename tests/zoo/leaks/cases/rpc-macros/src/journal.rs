use std::sync::Mutex;

/// The calls that are running, for the status page.
static RUNNING: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());

pub fn begin(id: u64, call: String) {
    RUNNING.lock().expect("journal").push((id, call));
}

pub fn end(id: u64) {
    RUNNING.lock().expect("journal").retain(|(running, _)| *running != id);
}

pub fn running() -> usize {
    RUNNING.lock().expect("journal").len()
}
