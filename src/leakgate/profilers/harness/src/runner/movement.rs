//! How far the figures of a test move by themselves: a few rounds more, of which no profile is kept.

use super::outcome::{failure, Outcome};
use super::output::{Room, Silence};
use super::round;
use crate::profile::Totals;
use std::time::{Duration, Instant};
use test::TestDesc;

/// How many rounds are looked at.
pub struct Look {
    /// Rounds that do not count: the first one in a process fills statics.
    pub warm_up: usize,
    /// Rounds that do.
    pub rounds: usize,
    /// No round begins after so long.
    pub time: Duration,
    /// Whether they are enough to see what has come to rest by then.
    pub long: bool,
}

/// At a test with several threads: its peak may be another each time.
pub const FEW: Look = Look { warm_up: 0, rounds: 4, time: Duration::from_millis(40), long: false };

/// At any test that is measured again by itself, because it crossed a limit: the clock and chance move peaks, too.
pub const MANY: Look = Look { warm_up: 0, rounds: 16, time: Duration::from_millis(400), long: true };

/// At such a test in a process of its own: what is random for each process, as addresses are, is another there.
pub const ELSEWHERE: Look = Look { warm_up: 1, rounds: 2, time: Duration::from_millis(30), long: false };

/// In so many processes.
pub const PROCESSES: usize = 7;

/// A round may take so long, if the test has no shorter limit.
const PATIENCE: Duration = Duration::from_secs(10);

/// What several rounds came to.
#[derive(Clone, Copy, Debug)]
pub struct Movement {
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

/// Run the test some more. The rounds say nothing but what they came to: a test that fails then is none the worse for it.
///
/// Returns: what they came to, and whether the process is as it was before.
pub fn look<R: Outcome>(
    room: &mut Room,
    desc: &TestDesc,
    look: &Look,
    time_limit: Option<Duration>,
    test: impl Fn() -> R + Copy + Send + 'static,
) -> (Option<Movement>, bool) {
    let clock = Instant::now();
    let patience = time_limit.map_or(PATIENCE, |limit| limit.min(PATIENCE));
    let mut totals: Vec<Totals> = Vec::new();
    let mut settled = true;
    while totals.len() < look.warm_up + look.rounds && settled && clock.elapsed() < look.time {
        let silence = Silence::begin();
        let (ended, _) = room.lend(true, |sink| round::run(desc, sink, Some(patience), test));
        drop(silence);
        settled = ended.as_ref().map_or(false, |ended| ended.left == 0);
        match ended {
            Some(round::Round { told, snapshot: Ok(Some(snapshot)), .. }) if failure(desc, &told).is_none() => {
                totals.push(snapshot.totals());
            }
            _ => break,
        }
    }
    (movement(totals.get(look.warm_up..).unwrap_or(&[]), look), settled)
}

fn movement(rounds: &[Totals], look: &Look) -> Option<Movement> {
    let peaks = rounds.iter().map(|totals| totals.t_gmax_bytes);
    let rested = look.long && rounds.len() == look.rounds;
    let later = rounds[rounds.len() / 2..].iter().map(|totals| totals.t_end_bytes);
    Some(Movement {
        runs: rounds.len(),
        lowest: peaks.clone().min()?,
        highest: peaks.max()?,
        left: later.max().filter(|_| rested),
    })
}
