//! Which threads outlive their test: they go on allocating, in the next test's profile.

use std::fs;
use std::thread;
use std::time::Duration;

/// The threads of the process. Empty where the system does not list them.
pub fn list() -> Vec<u64> {
    let entries = match fs::read_dir("/proc/self/task") {
        Ok(entries) => entries,
        Err(_) => return Vec::new(),
    };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// How many threads there are that were not there before and are not about to end.
pub fn left_since(before: &[u64]) -> usize {
    let left = || list().into_iter().filter(|thread| !before.contains(thread) && !is_exiting(*thread)).count();
    for _ in 0..10 {
        if left() == 0 {
            return 0;
        }
        thread::sleep(Duration::from_millis(1));
    }
    left()
}

/// Whether a thread runs no more code of the program's. One that has been joined is still listed for a moment.
fn is_exiting(thread: u64) -> bool {
    const PF_EXITING: u64 = 4;
    let stat = match fs::read_to_string(format!("/proc/self/task/{}/stat", thread)) {
        Ok(stat) => stat,
        Err(_) => return true,
    };
    // Behind the name in brackets: state, four numbers of processes and terminals, one more, flags.
    let flags = stat.rsplit(')').next().and_then(|fields| fields.split_whitespace().nth(6)?.parse().ok());
    flags.map_or(false, |flags: u64| flags & PF_EXITING != 0)
}
