//! Opening and closing a profile, and what it has seen. One is open at a time, for the whole process.

use crate::engine::{self, All};
use crate::{raw, sys};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU32, AtomicU8, Ordering};
use std::sync::Once;

const IDLE: u8 = 0;
const CHANGING: u8 = 1;
const OPEN: u8 = 2;
const CLOSED: u8 = 3;
/// Between `open`, `close` and the end of the `Snapshot`, which reads the engine's own tables.
static PHASE: AtomicU8 = AtomicU8::new(IDLE);
static NUMBER: AtomicU32 = AtomicU32::new(0);
/// The process that opened the profile: a forked child has a copy of it that nobody asked for.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Why no profile could be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// One is open, or the last one's `Snapshot` is still there.
    InUse,
    /// The system has no memory for the engine's tables.
    OutOfMemory,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::InUse => "a heap profile is in use already",
            Refused::OutOfMemory => "no memory for the heap profiler's tables",
        })
    }
}

impl std::error::Error for Refused {}

/// Begin to count every allocation of the process. Costs about a microsecond after a small profile.
///
/// Allocates nothing from the profiled heap.
///
/// # Errors
/// One is in use already, or there is no memory.
pub fn open() -> Result<(), Refused> {
    static AT_FORK: Once = Once::new();
    if PHASE.compare_exchange(IDLE, CHANGING, Ordering::Acquire, Ordering::Relaxed).is_err() {
        return Err(Refused::InUse);
    }
    AT_FORK.call_once(|| sys::at_fork_in_child(engine::abandon));
    PROCESS.store(std::process::id(), Ordering::Relaxed);
    // Never 0, which means "none", not even after 2^32 profiles.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed) % (u32::MAX - 1) + 1;
    let started = engine::start(number);
    PHASE.store(if started { OPEN } else { IDLE }, Ordering::Release);
    if started {
        Ok(())
    } else {
        Err(Refused::OutOfMemory)
    }
}

/// Stop counting, at one instant for all threads. What is live now is live at t-end.
///
/// None if no profile is open, or in a child that was forked while one was: that one belongs to the parent.
pub fn close() -> Option<Snapshot> {
    if PROCESS.load(Ordering::Relaxed) != std::process::id() {
        return None;
    }
    PHASE.compare_exchange(OPEN, CHANGING, Ordering::Acquire, Ordering::Relaxed).ok()?;
    let duration = engine::stop();
    PHASE.store(CLOSED, Ordering::Release);
    Some(Snapshot { duration })
}

/// The sums over all program points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes ever allocated (`tb`).
    pub bytes: u64,
    /// Blocks ever allocated (`tbk`).
    pub blocks: u64,
    /// Bytes live at the global peak (`gb`).
    pub t_gmax_bytes: u64,
    /// Blocks live then (`gbk`).
    pub t_gmax_blocks: u64,
    /// Bytes live when the profile was closed (`eb`).
    pub t_end_bytes: u64,
    /// Blocks live then (`ebk`).
    pub t_end_blocks: u64,
}

/// How far the figures can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// Stacks that were taken: one for each allocation.
    pub stacks: u64,
    /// Those whose outer end is missing, because a function without a frame pointer or a foreign stack was in the way.
    pub cut: u64,
    /// Those whose outer end is missing because they have more frames than are kept.
    pub limited: u64,
    /// Events that are not counted, because the system had no memory for the engine's tables.
    pub lost: u64,
    /// Threads that allocated while the profile was open.
    pub threads: u32,
    /// Those of them that had allocated in an earlier profile: they have outlived an earlier test. The thread that
    /// opened this profile is not among them.
    pub survivors: u32,
}

/// One program point's counts, under DHAT's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counts {
    pub tb: u64,
    pub tbk: u64,
    /// In µs.
    pub tl: u64,
    pub mb: u64,
    pub mbk: u64,
    pub gb: u64,
    pub gbk: u64,
    pub eb: u64,
    pub ebk: u64,
}

/// What a closed profile has seen. While it is there no other can be opened: it reads the engine's tables.
#[derive(Debug)]
pub struct Snapshot {
    duration: u32,
}

impl Snapshot {
    /// How long the profile was open, in µs.
    pub fn duration(&self) -> u32 {
        self.duration
    }

    /// When the heap was at its global maximum, in µs since the profile was opened.
    pub fn time_of_peak(&self) -> u32 {
        self.read().time_of_peak()
    }

    /// The sums over all program points.
    pub fn totals(&self) -> Totals {
        self.read().totals()
    }

    /// How far the figures can be trusted.
    pub fn quality(&self) -> Quality {
        self.read().quality()
    }

    /// Call `visit` with each program point's counts and return addresses, the outermost first.
    ///
    /// Threads that met at the same stack may have a program point each: add them up. `mb` is then a sum of maxima, an
    /// upper bound; all other counts are exact.
    pub fn for_each(&self, visit: impl FnMut(&Counts, &[usize])) {
        self.read().for_each(visit);
    }

    /// Append the profile in the raw format (README.md) under a label of one line.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write(&self, label: &str, out: &mut dyn io::Write) -> io::Result<()> {
        // In a statement of its own: written with no lock held.
        let text = raw::profile_text(&mut self.read(), label);
        out.write_all(&text)
    }

    fn read(&self) -> Reading {
        Reading { all: All::lock(), duration: self.duration }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        PHASE.store(IDLE, Ordering::Release);
    }
}

/// The open profile in the raw format (README.md), as it would be if it were closed now; counting goes on. Other threads
/// wait at their next allocation while it is put together.
///
/// None where `close` has none, and in a signal handler that interrupts the engine itself.
pub fn peek(label: &str) -> Option<Vec<u8>> {
    if PROCESS.load(Ordering::Relaxed) != std::process::id() {
        return None;
    }
    engine::paused(|all, duration| raw::profile_text(&mut Reading { all, duration }, label))
}

/// The engine's tables, with every lock held: nothing changes meanwhile.
pub(crate) struct Reading {
    all: All,
    duration: u32,
}

impl Reading {
    /// See `Snapshot`.
    pub fn duration(&self) -> u32 {
        self.duration
    }

    /// See `Snapshot`.
    pub fn time_of_peak(&mut self) -> u32 {
        self.all.shared().max_time
    }

    /// See `Snapshot`.
    pub fn totals(&mut self) -> Totals {
        let mut totals = Totals::default();
        for lane in self.all.lanes() {
            for site in lane.sites.counts() {
                let (gb, gbk) = site.at_peak(lane.epoch);
                totals.bytes += site.tb;
                totals.blocks += site.tbk;
                totals.t_gmax_bytes += gb;
                totals.t_gmax_blocks += gbk;
                totals.t_end_bytes += site.cb;
                totals.t_end_blocks += u64::from(site.cbk);
            }
        }
        // Two ways of keeping the same figure.
        debug_assert_eq!(totals.t_gmax_bytes, self.all.shared().max_bytes);
        totals
    }

    /// See `Snapshot`.
    pub fn quality(&mut self) -> Quality {
        let shared = *self.all.shared();
        let mut quality = Quality { threads: shared.threads, survivors: shared.survivors, ..Quality::default() };
        for lane in self.all.lanes() {
            quality.stacks += lane.stacks;
            quality.cut += lane.cut;
            quality.limited += lane.limited;
            quality.lost += lane.lost;
        }
        quality
    }

    /// See `Snapshot`.
    pub fn for_each(&mut self, mut visit: impl FnMut(&Counts, &[usize])) {
        let mut stack = Vec::new();
        for lane in self.all.lanes() {
            let counts = lane.sites.counts();
            let mut lifetimes: Vec<u64> = (0..counts.len()).map(|site| lane.sites.lifetimes(site)).collect();
            for block in lane.live.iter() {
                lifetimes[block.site as usize] += u64::from(self.duration.saturating_sub(block.time));
            }
            for (number, (site, tl)) in counts.iter().zip(lifetimes).enumerate().filter(|(_, (site, _))| site.tbk > 0) {
                let (gb, gbk) = site.at_peak(lane.epoch);
                let counts = Counts {
                    tb: site.tb,
                    tbk: site.tbk,
                    tl,
                    mb: site.mb,
                    mbk: u64::from(site.mbk),
                    gb,
                    gbk,
                    eb: site.cb,
                    ebk: u64::from(site.cbk),
                };
                lane.sites.stack(number, &mut stack);
                visit(&counts, &stack);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Small enough for Miri, which looks for undefined behaviour and races. Other tests' threads may allocate too.
    #[test]
    fn threads_pass_blocks_round_through_profile_after_profile() {
        let mut kept = Vec::new();
        for _ in 0..3 {
            open().unwrap();
            let (to_free, freed) = mpsc::channel::<Vec<u8>>();
            let senders: Vec<_> = (0..3)
                .map(|number| {
                    let to_free = to_free.clone();
                    std::thread::spawn(move || {
                        for size in 1..20 {
                            let mut block = vec![0; size * (number + 1)];
                            block.reserve_exact(size * 50);
                            block.shrink_to_fit();
                            to_free.send(block).unwrap();
                        }
                    })
                })
                .collect();
            drop(to_free);
            // Read while the others write.
            assert!(peek("now").unwrap().starts_with(b"profile now\n"));
            freed.iter().for_each(drop);
            for sender in senders {
                sender.join().unwrap();
            }
            kept.push(vec![1_u8; 500]);
            let snapshot = close().unwrap();
            let totals = snapshot.totals();
            assert!(totals.blocks >= 3 * 19 * 3 && totals.t_gmax_bytes >= totals.t_end_bytes, "{:?}", totals);
            assert!(totals.t_end_bytes >= 500, "{:?}", totals);
            let mut sum = 0;
            snapshot.for_each(|counts, _| sum += counts.gb);
            assert_eq!(sum, totals.t_gmax_bytes);
            snapshot.write("label", &mut Vec::new()).unwrap();
            assert!(snapshot.quality().threads >= 4);
        }
    }
}
