//! One test: its rounds, each on a thread of its own with a profile of its own.

use super::events::{Events, Profile};
use super::output::{self, Room, Silence, Sink};
use super::settings::{Rounds, Settings};
use super::threads;
use crate::{engine, profile, raw};
use std::any::Any;
use std::fs::{self, File};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use test::test::ShouldPanic;
use test::{black_box, TestDesc};

/// What a test function returns: it differs between toolchains.
pub trait Outcome: Send {
    /// Why the test has failed.
    fn error(&self) -> Option<&str>;
}

impl Outcome for () {
    fn error(&self) -> Option<&str> {
        None
    }
}

impl Outcome for Result<(), String> {
    fn error(&self) -> Option<&str> {
        self.as_ref().err().map(String::as_str)
    }
}

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
    pub fn run<R: Outcome>(&self, desc: &TestDesc, mut test: impl FnMut() -> R + Send) -> R {
        let number = self.tests.fetch_add(1, Ordering::Relaxed) + 1;
        let name = desc.name.as_slice();
        self.events.start(name);
        let clock = Instant::now();
        let (value, first) = self.room.lend(false, |sink| self.round(desc, number, 1, sink, &mut test));
        let time = clock.elapsed();
        let reason = failure(desc.should_panic, &value);
        let mut profiles = Vec::new();
        if reason.is_none() {
            profiles = self.further_rounds(desc, number, first, &mut test);
        }
        self.events.end(name, reason.as_deref(), time, &profiles);
        value.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    /// As many rounds more as the settings and the last round's figures ask for.
    fn further_rounds<R: Outcome>(
        &self,
        desc: &TestDesc,
        number: usize,
        first: Option<Measured>,
        test: &mut (impl FnMut() -> R + Send),
    ) -> Vec<Profile> {
        let mut profiles = Vec::new();
        let mut last = first;
        while let Some(mut measured) = last.take() {
            let round = measured.profile.round + 1;
            if self.is_wanted(desc.name.as_slice(), round, &measured) {
                let silence = Silence::begin();
                let (value, next) = self.room.lend(true, |sink| self.round(desc, number, round, sink, test));
                drop(silence);
                match failure(desc.should_panic, &value) {
                    None => last = next,
                    Some(reason) => measured.profile.notes.push(format!("cannot run twice: {}", reason)),
                }
            }
            profiles.push(measured.profile);
        }
        profiles
    }

    fn is_wanted(&self, name: &str, round: usize, last: &Measured) -> bool {
        match &self.rounds {
            Rounds::Fixed(rounds) => round <= *rounds,
            Rounds::Auto(limits) => {
                let crossed = limits.get(name).map_or(false, |limit| last.t_gmax > *limit);
                round == 2 && (last.t_end > 0 || crossed)
            }
        }
    }

    /// One round. None: it could not be measured.
    fn round<R: Outcome>(
        &self,
        desc: &TestDesc,
        number: usize,
        round: usize,
        sink: Option<Sink>,
        test: &mut (impl FnMut() -> R + Send),
    ) -> (thread::Result<R>, Option<Measured>) {
        let name = desc.name.as_slice();
        let should_panic = desc.should_panic;
        let before = threads::list();
        let (value, opened, own) = thread::scope(|scope| {
            let body = || {
                let own = threads::this();
                output::capture(sink);
                let opened = profile::open();
                let value = panic::catch_unwind(AssertUnwindSafe(|| __rust_begin_short_backtrace(test)));
                (value.map_err(|payload| keep(payload, should_panic)), opened, own)
            };
            match thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, body) {
                Ok(thread) => thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload)),
                Err(error) => panic!("failed to spawn thread to run test: {}", error),
            }
        });
        // The thread is gone, and what its destructors have freed is freed.
        let snapshot = profile::close();
        let mut notes = Vec::new();
        let left = threads::left_since(&before, own);
        if left > 0 {
            notes.push(format!("left {} thread{} running", left, if left == 1 { "" } else { "s" }));
        }
        let file = format!("raw/{}-{}.{}.raw", process::id(), number, round);
        let written = match (opened, snapshot) {
            (Ok(()), Some(snapshot)) => match self.write(&snapshot, name, &file) {
                Ok(()) => Ok(snapshot.totals()),
                Err(error) => Err(error.to_string()),
            },
            (Err(refused), _) => Err(refused.to_string()),
            (Ok(()), None) => Err(String::from("the heap profile was closed by someone else")),
        };
        let measured = match written {
            Ok(totals) => Some(Measured {
                t_gmax: totals.t_gmax_bytes,
                t_end: totals.t_end_bytes,
                profile: Profile { file, round, notes },
            }),
            Err(error) => {
                self.events.note(&format!("{} was not measured: {}", name, error));
                None
            }
        };
        (value, measured)
    }

    fn write(&self, snapshot: &profile::Snapshot, name: &str, file: &str) -> io::Result<()> {
        let mut content = Vec::new();
        raw::write_header(&mut content)?;
        raw::write_modules(&mut content)?;
        snapshot.write(name, &mut content)?;
        io::Write::write_all(&mut File::create(self.dir.join(file))?, &content)
    }
}

/// A round's profile and the figures that decide about another round.
struct Measured {
    t_gmax: u64,
    t_end: u64,
    profile: Profile,
}

/// The frame at which short backtraces end: below it is only the harness.
#[inline(never)]
fn __rust_begin_short_backtrace<R>(test: &mut impl FnMut() -> R) -> R {
    // Not the function's last act, or the frame would be gone.
    black_box(test())
}

/// What a test has panicked with, for libtest to judge, in memory that is not the test's.
fn keep(payload: Box<dyn Any + Send>, should_panic: ShouldPanic) -> Box<dyn Any + Send> {
    let _left_out = engine::leave_out();
    if let Some(message) = payload.downcast_ref::<String>() {
        Box::new(message.clone())
    } else if let Some(message) = payload.downcast_ref::<&'static str>() {
        Box::new(*message)
    } else if should_panic == ShouldPanic::Yes {
        // Whatever it was, it will do.
        Box::new(())
    } else {
        payload
    }
}

/// Why libtest will say that the test has failed, in one line.
fn failure<R: Outcome>(should_panic: ShouldPanic, value: &thread::Result<R>) -> Option<String> {
    let (verb, message) = match value {
        Ok(value) => match value.error() {
            Some(error) => ("returned an error", Some(error)),
            None if should_panic == ShouldPanic::No => return None,
            None => return Some(String::from("did not panic")),
        },
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            ("panicked", text.or_else(|| payload.downcast_ref::<&'static str>().copied()))
        }
    };
    match should_panic {
        ShouldPanic::Yes => return None,
        ShouldPanic::YesWithMessage(expected) if message.map_or(false, |message| message.contains(expected)) => {
            return None;
        }
        _ => {}
    }
    let first_line = message.and_then(|message| message.lines().next());
    Some(first_line.map_or_else(|| verb.to_owned(), |line| format!("{}: {}", verb, shortened(line))))
}

fn shortened(line: &str) -> String {
    line.chars().take(200).collect()
}
