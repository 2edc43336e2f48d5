//! One test: as many rounds as it needs, each recorded, and its end told.

use super::events::{Events, Profile};
use super::movement::{self, Look};
use super::outcome::{failure, Outcome, Told};
use super::output::{Room, Silence, Sink};
use super::round;
use super::settings::{Rounds, Settings};
use crate::profile::{Snapshot, Totals};
use crate::raw;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process;
use std::time::{Duration, Instant};
use test::TestDesc;

/// A further round may take this many times as long as the first, and `LEAST_PATIENCE` at least.
const PATIENCE: u32 = 20;
const LEAST_PATIENCE: Duration = Duration::from_secs(10);

/// The tests of one process, one after the other.
pub struct Session {
    dir: PathBuf,
    rounds: Rounds,
    repeat: usize,
    time_limit: Option<Duration>,
    alone: bool,
    looks: bool,
    events: Events,
    room: Room,
    tests: usize,
}

/// A test that has ended.
pub struct Ended {
    /// What it returned or panicked with in its first round.
    pub told: Told,
    /// What it printed in that round.
    pub output: Vec<u8>,
    /// Whether something of it is still at work in this process: the next test should get another.
    pub unsettled: bool,
    /// Whether its figures may move by themselves, and it is quick enough to see how far.
    pub moves: bool,
}

impl Session {
    pub fn start(settings: &Settings) -> Self {
        let events = Events::new(settings.dir.join("events.jsonl"), &settings.binary);
        if let Err(error) = fs::create_dir_all(settings.dir.join("raw")) {
            events.note(&format!("{}: {}", settings.dir.display(), error));
        }
        Session {
            dir: settings.dir.clone(),
            rounds: settings.rounds.clone(),
            repeat: settings.repeat,
            time_limit: settings.time_limit,
            alone: settings.only.is_some(),
            looks: settings.looks(),
            events,
            room: Room::default(),
            tests: 0,
        }
    }

    /// Run a test. None: it did not end within the time limit, and is still running.
    pub fn run<R: Outcome>(
        &mut self,
        desc: &TestDesc,
        captured: bool,
        test: impl Fn() -> R + Copy + Send + 'static,
    ) -> Option<Ended> {
        self.tests += 1;
        let clock = Instant::now();
        let (first, output) = self.round(desc, 1, captured, self.time_limit, test);
        let time = clock.elapsed();
        let first = first?;
        let reason = failure(desc, &first.told);
        let mut profiles = Vec::new();
        let mut unsettled = first.left > 0;
        let told = first.told.clone();
        if reason.is_none() {
            profiles = self.further_rounds(desc, first, time, &mut unsettled, test);
        }
        self.events.end(desc.name.as_slice(), reason.as_deref(), time, &profiles);
        let judged = profiles.last().filter(|last| self.looks && !unsettled && last.notes.is_empty());
        let moves = judged.map_or(false, |last| (last.threads > 1 || self.alone) && time <= self.long_look().time);
        Some(Ended { told, output, unsettled, moves })
    }

    /// See how far the figures of a test move. Returns: whether the process is as it was before.
    pub fn look<R: Outcome>(
        &mut self,
        desc: &TestDesc,
        look: &Look,
        test: impl Fn() -> R + Copy + Send + 'static,
    ) -> bool {
        let (found, settled) = movement::look(&mut self.room, desc, look, self.time_limit, test);
        if let Some(found) = found {
            self.events.moved(desc.name.as_slice(), &found);
        }
        settled
    }

    /// How long a test is looked at in the process that has measured it.
    pub fn long_look(&self) -> Look {
        if self.alone {
            movement::MANY
        } else {
            movement::FEW
        }
    }

    /// As many rounds more as the settings and the last round's figures ask for. Returns the profiles of all rounds.
    ///
    /// A test that cannot run again is none the worse for it: the rounds before count.
    fn further_rounds<R: Outcome>(
        &mut self,
        desc: &TestDesc,
        first: Round,
        time: Duration,
        unsettled: &mut bool,
        test: impl Fn() -> R + Copy + Send + 'static,
    ) -> Vec<Profile> {
        let patience = LEAST_PATIENCE.max(time * PATIENCE);
        let patience = self.time_limit.map_or(patience, |limit| patience.min(limit));
        let mut profiles = Vec::new();
        let mut last = first.measured;
        while let Some(mut measured) = last.take() {
            let number = measured.round + 1;
            if self.is_wanted(desc.name.as_slice(), number, &measured.totals) {
                let silence = Silence::begin();
                let (ended, _) = self.round(desc, number, true, Some(patience), test);
                drop(silence);
                let problem = match ended {
                    Some(next) => {
                        *unsettled |= next.left > 0;
                        let problem = failure(desc, &next.told);
                        if problem.is_none() {
                            last = next.measured;
                        }
                        problem
                    }
                    None => {
                        *unsettled = true;
                        Some(format!("it did not end within {} s", patience.as_secs_f64()))
                    }
                };
                measured.notes.extend(problem.map(|problem| format!("cannot run twice: {}", problem)));
            }
            profiles.push(measured);
        }
        profiles
    }

    fn is_wanted(&self, name: &str, round: usize, last: &Totals) -> bool {
        let worth_it = match &self.rounds {
            Rounds::Auto(limits) if self.repeat == 1 => {
                let crossed = limits.get(name).map_or(false, |limit| last.t_gmax_bytes > *limit);
                last.t_end_bytes > 0 || crossed
            }
            _ => true,
        };
        worth_it && round <= self.rounds.most(self.repeat)
    }

    /// Run one round and keep its profile, if there is one. None: it did not end in time. Returns what it printed, too.
    fn round<R: Outcome>(
        &mut self,
        desc: &TestDesc,
        number: usize,
        captured: bool,
        patience: Option<Duration>,
        test: impl Fn() -> R + Send + 'static,
    ) -> (Option<Round>, Vec<u8>) {
        let run = |sink: Option<Sink>| round::run(desc, sink, patience, test);
        let (ended, output) = self.room.lend(captured, run);
        (ended.map(|ended| self.record(desc.name.as_slice(), number, ended)), output)
    }

    fn record(&self, name: &str, number: usize, ended: round::Round) -> Round {
        let written = match ended.snapshot {
            Ok(Some(snapshot)) => match self.write(&snapshot, name, number) {
                Ok(file) => Ok((file, snapshot.totals(), snapshot.quality().threads)),
                Err(error) => Err(error.to_string()),
            },
            Ok(None) => Err(String::from("someone else has closed its profile")),
            Err(refused) => Err(refused.to_string()),
        };
        let measured = match written {
            Ok((file, totals, threads)) => {
                let mut notes = Vec::new();
                if ended.left > 0 {
                    notes.push(format!("left {} thread{} running", ended.left, if ended.left == 1 { "" } else { "s" }));
                }
                Some(Profile { file, round: number, notes, threads, totals })
            }
            Err(error) => {
                self.events.note(&format!("{} was not measured: {}", name, error));
                None
            }
        };
        Round { told: ended.told, left: ended.left, measured }
    }

    /// Write a round's profile. Returns: its file, below the run's directory.
    fn write(&self, snapshot: &Snapshot, name: &str, round: usize) -> io::Result<String> {
        let mut content = Vec::new();
        raw::write_header(&mut content)?;
        raw::write_modules(&mut content)?;
        snapshot.write(name, &mut content)?;
        let (name, mut file) = self.create(round)?;
        file.write_all(&content)?;
        Ok(name)
    }

    /// A file that was not there. Process ids come again, after many processes and in other namespaces.
    fn create(&self, round: usize) -> io::Result<(String, File)> {
        let mut number = format!("{}-{}", process::id(), self.tests);
        loop {
            let name = format!("raw/{}.{}.raw", number, round);
            match OpenOptions::new().write(true).create_new(true).open(self.dir.join(&name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number.push_str("-1"),
                opened => return Ok((name, opened?)),
            }
        }
    }
}

/// A round that has ended.
struct Round {
    told: Told,
    /// How many threads it has left running.
    left: usize,
    /// None: it was not measured.
    measured: Option<Profile>,
}
