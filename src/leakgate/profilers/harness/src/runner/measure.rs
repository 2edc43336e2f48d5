//! One test: as many rounds as it needs, each recorded, and its end told.

use super::events::{Events, Profile};
use super::output::{Room, Silence, Sink};
use super::round::{self, Outcome};
use super::settings::{Rounds, Settings};
use crate::profile::{Snapshot, Totals};
use crate::raw;
use std::fs::{self, File};
use std::io::{self, Write};
use std::panic;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use test::TestDesc;

/// A further round may take this many times as long as the first, and `LEAST_PATIENCE` at least.
const PATIENCE: u32 = 20;
const LEAST_PATIENCE: Duration = Duration::from_secs(10);

/// The tests of this process.
pub struct Session {
    dir: PathBuf,
    rounds: Rounds,
    events: Events,
    room: Room,
    tests: AtomicUsize,
}

impl Session {
    /// Lives as long as the process.
    pub fn start(settings: Settings) -> &'static Self {
        let events = Events::new(settings.dir.join("events.jsonl"), &settings.binary);
        if let Err(error) = fs::create_dir_all(settings.dir.join("raw")) {
            events.note(&format!("{}: {}", settings.dir.display(), error));
        }
        Box::leak(Box::new(Session {
            dir: settings.dir,
            rounds: settings.rounds,
            events,
            room: Room::default(),
            tests: AtomicUsize::new(0),
        }))
    }

    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Run a test, and return or panic as it did in its first round.
    pub fn run<R: Outcome>(&self, desc: &TestDesc, test: impl Fn() -> R + Copy + Send + 'static) -> R {
        let name = desc.name.as_slice();
        let number = self.tests.fetch_add(1, Ordering::Relaxed) + 1;
        self.events.start(name);
        let clock = Instant::now();
        let first = self.room.lend(false, |sink| self.round(desc, number, 1, sink, None, test));
        let time = clock.elapsed();
        let (value, measured) = first.expect("it has all the time it wants");
        let reason = round::failure(desc.should_panic, &value);
        let mut profiles = Vec::new();
        if reason.is_none() {
            profiles = self.further_rounds(desc, number, measured, time, test);
        }
        self.events.end(name, reason.as_deref(), time, &profiles);
        value.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    /// As many rounds more as the settings and the last round's figures ask for. Returns the profiles of all rounds.
    ///
    /// A test that cannot run again is none the worse for it: the rounds before count.
    fn further_rounds<R: Outcome>(
        &self,
        desc: &TestDesc,
        number: usize,
        first: Option<Measured>,
        time: Duration,
        test: impl Fn() -> R + Copy + Send + 'static,
    ) -> Vec<Profile> {
        let patience = LEAST_PATIENCE.max(time * PATIENCE);
        let mut profiles = Vec::new();
        let mut last = first;
        while let Some(mut measured) = last.take() {
            let round = measured.profile.round + 1;
            if self.is_wanted(desc.name.as_slice(), round, &measured.totals) {
                let silence = Silence::begin();
                let ended = self.room.lend(true, |sink| self.round(desc, number, round, sink, Some(patience), test));
                drop(silence);
                let problem = match ended {
                    Some((value, next)) => {
                        let problem = round::failure(desc.should_panic, &value);
                        if problem.is_none() {
                            last = next;
                        }
                        problem
                    }
                    None => Some(format!("it did not end within {} s", patience.as_secs())),
                };
                measured.profile.notes.extend(problem.map(|problem| format!("cannot run twice: {}", problem)));
            }
            profiles.push(measured.profile);
        }
        profiles
    }

    fn is_wanted(&self, name: &str, round: usize, last: &Totals) -> bool {
        match &self.rounds {
            Rounds::Fixed(rounds) => round <= *rounds,
            Rounds::Auto(limits) => {
                let crossed = limits.get(name).map_or(false, |limit| last.t_gmax_bytes > *limit);
                round == 2 && (last.t_end_bytes > 0 || crossed)
            }
        }
    }

    /// Run one round and keep its profile, if there is one. None: it did not end in time.
    #[allow(clippy::type_complexity)]
    fn round<R: Outcome>(
        &self,
        desc: &TestDesc,
        number: usize,
        round: usize,
        sink: Option<Sink>,
        patience: Option<Duration>,
        test: impl Fn() -> R + Send + 'static,
    ) -> Option<(thread::Result<R>, Option<Measured>)> {
        let name = desc.name.as_slice();
        let ended = round::run(desc, sink, patience, test)?;
        let file = format!("raw/{}-{}.{}.raw", process::id(), number, round);
        let written = match ended.snapshot {
            Ok(Some(snapshot)) => match self.write(&snapshot, name, &file) {
                Ok(()) => Ok(snapshot.totals()),
                Err(error) => Err(error.to_string()),
            },
            Ok(None) => Err(String::from("someone else has closed its profile")),
            Err(refused) => Err(refused.to_string()),
        };
        let measured = match written {
            Ok(totals) => {
                let mut notes = Vec::new();
                if ended.left > 0 {
                    notes.push(format!("left {} thread{} running", ended.left, if ended.left == 1 { "" } else { "s" }));
                }
                Some(Measured { totals, profile: Profile { file, round, notes } })
            }
            Err(error) => {
                self.events.note(&format!("{} was not measured: {}", name, error));
                None
            }
        };
        Some((ended.value, measured))
    }

    fn write(&self, snapshot: &Snapshot, name: &str, file: &str) -> io::Result<()> {
        let mut content = Vec::new();
        raw::write_header(&mut content)?;
        raw::write_modules(&mut content)?;
        snapshot.write(name, &mut content)?;
        File::create(self.dir.join(file))?.write_all(&content)
    }
}

/// A round's profile, and the figures that decide about another round.
struct Measured {
    totals: Totals,
    profile: Profile,
}
