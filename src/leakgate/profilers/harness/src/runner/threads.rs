//! Which threads outlive their test: they go on allocating, in the next test's profile.

use std::thread;
use std::time::Duration;

/// The threads of the process. Empty where the system does not list them.
pub fn list() -> Vec<u64> {
    let entries = match std::fs::read_dir("/proc/self/task") {
        Ok(entries) => entries,
        Err(_) => return Vec::new(),
    };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// The calling thread's number in that list; 0 where the system has none.
pub fn this() -> u64 {
    let number = || std::fs::read_link("/proc/thread-self").ok()?.file_name()?.to_str()?.parse().ok();
    number().unwrap_or(0)
}

/// How many threads there are that were not there before, apart from the test's own, which has ended.
pub fn left_since(before: &[u64], own: u64) -> usize {
    let left = || list().iter().filter(|thread| **thread != own && !before.contains(thread)).count();
    // A thread that has been joined stays in the list until the kernel has cleared it away, as its own may still.
    for attempt in 0..20 {
        if left() == 0 {
            return 0;
        }
        if attempt >= 10 {
            thread::sleep(Duration::from_millis(1));
        }
    }
    left()
}
