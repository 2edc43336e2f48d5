//! Which threads outlive their test: they go on allocating, in the next test's profile.

use std::fs;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

/// How long threads that are at work may take to end, and how often to look.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(2);
/// How often in a row threads must be found asleep to be taken for threads that stay.
const ASLEEP: u32 = 10;

/// The threads of the process. Empty where the system does not list them.
pub fn list() -> Vec<u64> {
    let entries = match fs::read_dir("/proc/self/task") {
        Ok(entries) => entries,
        Err(_) => return Vec::new(),
    };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// Wait for the threads that are about to end, or to finish what they do for the test, and say how many stay that were not
/// there before.
///
/// A test that drops a runtime or a pool does not wait for its threads, and what they still hold would be at t-end in
/// one run and not in the next; so would what the threads of a pool hold that an earlier round has started. Threads at
/// work are waited for; those that sleep for a while are the test's leavings.
pub fn settle(before: &[u64]) -> usize {
    let deadline = Instant::now() + PATIENCE;
    // The thread that calls this is the process's first.
    let first = u64::from(process::id());
    let mut asleep = 0;
    loop {
        let others = list().into_iter().filter(|thread| *thread != first);
        let there: Vec<(u64, State)> =
            others.map(|thread| (thread, state(thread))).filter(|(_, state)| *state != State::Ended).collect();
        if there.is_empty() {
            return 0;
        }
        asleep = if there.iter().all(|(_, state)| *state == State::Asleep) { asleep + 1 } else { 0 };
        if asleep == ASLEEP || Instant::now() >= deadline {
            return there.iter().filter(|(thread, _)| !before.contains(thread)).count();
        }
        thread::sleep(PAUSE);
    }
}

#[derive(PartialEq)]
enum State {
    /// It runs no more code of the program's. One that has been joined is still listed for a moment.
    Ended,
    Asleep,
    AtWork,
}

fn state(thread: u64) -> State {
    const PF_EXITING: u64 = 4;
    let stat = match fs::read_to_string(format!("/proc/self/task/{}/stat", thread)) {
        Ok(stat) => stat,
        Err(_) => return State::Ended,
    };
    // Behind the name in brackets: state, four numbers of processes and terminals, one more, flags.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().take(7).collect();
    let flags = fields.get(6).and_then(|flags| flags.parse().ok()).unwrap_or(0);
    if flags & PF_EXITING != 0 {
        State::Ended
    } else if fields.first() == Some(&"S") {
        State::Asleep
    } else {
        State::AtWork
    }
}
