//! How far the figures of a test move by themselves: a few rounds more, of which no profile is kept.

use super::outcome::{failure, Outcome};
use super::output::{Room, Silence};
use super::round;
use crate::profile::Totals;
use std::time::{Duration, Instant};
use test::TestDesc;

/// How many rounds are looked at, and how long they may take together.
pub struct Look {
    pub rounds: usize,
    pub time: Duration,
    /// Whether they are enough to see what has come to rest by then.
    pub long: bool,
}

/// At a test with several threads: its peak may be another each time.
pub const FEW: Look = Look { rounds: 4, time: Duration::from_millis(40), long: false };

/// At any test that is measured again by itself, because it crossed a limit: the clock and chance move peaks, too.
pub const MANY: Look = Look { rounds: 16, time: Duration::from_millis(400), long: true };

/// At such a test in a process of its own: what is random for each process, as addresses are, is another there.
pub const ELSEWHERE: Look = Look { rounds: 3, time: Duration::from_millis(30), long: false };

/// In so many processes.
pub const PROCESSES: usize = 7;

/// A round may take so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// What several rounds came to.
#[derive(Clone, Copy, Debug)]
pub struct Peaks {
    pub runs: usize,
    /// The lowest t-gmax, in bytes.
    pub lowest: u64,
    /// The highest.
    pub highest: u64,
    /// The most bytes that any of the later half of a long look's rounds left at its end, if it came to its end.
    ///
    /// A cache of so many threads, or of so many entries, is full at some time, and then rounds leave nothing. What
    /// grows without end does not come to rest: while the number of calls doubles, even a vector that doubles its
    /// capacity has to grow once.
    pub left: Option<u64>,
}

/// Run the test some more. They say nothing but what they came to: a test that fails then is none the worse for it.
///
/// Returns: what they came to, together with `known` rounds of before; and whether the process is as it was before.
pub fn look<R: Outcome>(
    room: &mut Room,
    desc: &TestDesc,
    look: &Look,
    known: Option<Totals>,
    test: impl Fn() -> R + Copy + Send + 'static,
) -> (Option<Peaks>, bool) {
    let clock = Instant::now();
    let mut totals: Vec<Totals> = known.into_iter().collect();
    let mut settled = true;
    let mut rounds = 0;
    while rounds < look.rounds && settled && clock.elapsed() < look.time {
        let silence = Silence::begin();
        let (ended, _) = room.lend(true, |sink| round::run(desc, sink, Some(PATIENCE), test));
        drop(silence);
        settled = ended.as_ref().map_or(false, |ended| ended.left == 0);
        match ended {
            Some(round::Round { told, snapshot: Ok(Some(snapshot)), .. }) if failure(desc, &told).is_none() => {
                totals.push(snapshot.totals());
                rounds += 1;
            }
            _ => break,
        }
    }
    let peaks = totals.iter().map(|totals| totals.t_gmax_bytes);
    let left = totals.iter().skip(totals.len() - rounds / 2).map(|totals| totals.t_end_bytes).max();
    let all = peaks.clone().min().and_then(|lowest| Some((lowest, peaks.max()?)));
    let found = all.map(|(lowest, highest)| Peaks {
        runs: totals.len(),
        lowest,
        highest,
        left: left.filter(|_| look.long && rounds == look.rounds),
    });
    (found, settled)
}
