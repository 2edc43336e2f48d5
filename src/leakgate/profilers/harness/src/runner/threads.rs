//! Which threads outlive their test: they go on allocating, in the next test's profile.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

/// The threads of the process. Empty where the system does not list them.
pub fn list() -> HashSet<u64> {
    let entries = match std::fs::read_dir("/proc/self/task") {
        Ok(entries) => entries,
        Err(_) => return HashSet::new(),
    };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// How many threads there are that were not there before.
pub fn left_since(before: &HashSet<u64>) -> usize {
    let left = || list().difference(before).count();
    // A thread that has been joined stays in the list until the kernel has cleared it away.
    for attempt in 0..20 {
        if left() == 0 {
            return 0;
        }
        if attempt < 10 {
            thread::yield_now();
        } else {
            thread::sleep(Duration::from_millis(1));
        }
    }
    left()
}
