//! The workers, and what libtest calls in place of a test: hand it to a worker, and return or panic as it did there.
//!
//! So a test that ends its process has failed, and the next one gets another; and a test that leaves threads running
//! takes its process with it, where they would go on to allocate into the next test's profile.

use super::channel::{Channel, Message, Task};
use super::events::Events;
use super::movement;
use super::outcome::{Outcome, Told};
use super::output;
use super::process;
use super::settings::{Settings, CHANNEL, PARENT};
use super::worker::Reply;
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::Command;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use test::test::ShouldPanic;
use test::TestDesc;

/// How long a process may take to end when its tests have ended.
const GRACE: Duration = Duration::from_secs(10);

/// The executable as the kernel knows it, be its file replaced meanwhile.
#[cfg(target_os = "linux")]
const ITSELF: Option<&str> = Some("/proc/self/exe");
#[cfg(not(target_os = "linux"))]
const ITSELF: Option<&str> = None;

/// The one there is, for the end of the process.
static CREW: AtomicPtr<Crew> = AtomicPtr::new(ptr::null_mut());

/// See the module.
pub struct Crew {
    settings: Settings,
    events: Events,
    started: AtomicUsize,
    idle: Mutex<Vec<Worker>>,
}

/// A process that waits for a test.
struct Worker {
    channel: Arc<Channel>,
    process: u32,
}

/// What came of a test.
enum End {
    Told(Told),
    /// It did not come to its end, for this reason.
    Lost(String),
}

impl Crew {
    /// Lives as long as the process, whose end it is told of.
    pub fn new(settings: Settings) -> &'static Self {
        let events = Events::new(settings.dir.join("events.jsonl"), &settings.binary);
        let idle = Mutex::new(Vec::new());
        let crew: &Crew = Box::leak(Box::new(Crew { settings, events, started: AtomicUsize::new(0), idle }));
        CREW.store(crew as *const Crew as *mut Crew, Ordering::Release);
        if !process::at_exit(dismiss_all) {
            crew.events.note("the workers cannot be told that the tests have ended");
        }
        crew
    }

    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Run a test, and return or panic as it did in its first round.
    pub fn run<R: Outcome>(&self, desc: &TestDesc, number: usize) -> R {
        let name = desc.name.as_slice();
        // libtest has said which test begins, and the worker may write to the same stream.
        let _ = io::stdout().flush();
        self.events.start(name);
        let clock = Instant::now();
        match self.hand_over(name, number).unwrap_or_else(|error| End::Lost(format!("it cannot be run: {}", error))) {
            End::Told(told) => told.again(),
            End::Lost(reason) => {
                self.events.end(name, Some(&reason), clock.elapsed(), &[]);
                output::pass_on(format!("leakgate: {}: {}\n", name, reason).as_bytes());
                if desc.should_panic == ShouldPanic::No {
                    panic::resume_unwind(Box::new(reason));
                }
                // Not by a panic, which is what was to be seen.
                R::of(None)
            }
        }
    }

    /// See how far the figures of a test move that has passed. What goes wrong meanwhile says nothing.
    ///
    /// Returns: the worker, if it is good for another test.
    fn look(&self, worker: Worker, test: u32) -> Option<Worker> {
        let kept = self.look_at(worker, test, false);
        if self.settings.only.is_some() {
            for _ in 0..movement::PROCESSES {
                if let Some(worker) = self.start().ok().and_then(|worker| self.look_at(worker, test, true)) {
                    let _ = worker.dismiss();
                }
            }
        }
        kept
    }

    fn look_at(&self, worker: Worker, test: u32, elsewhere: bool) -> Option<Worker> {
        let sent = worker.channel.send(Task::Look { test, elsewhere });
        let heard = sent.and_then(|()| worker.channel.receive(self.patience()));
        if let Ok(Some(Message::Reply(content))) = heard {
            if Reply::read(&content).map_or(false, |reply| !reply.unsettled) {
                return Some(worker);
            }
        }
        worker.kill();
        None
    }

    fn hand_over(&self, name: &str, number: usize) -> io::Result<End> {
        let worker = self.worker()?;
        let task = Task::Run { test: number as u32, capture: output::current().is_some() };
        let heard = worker.channel.send(task).and_then(|()| worker.channel.receive(self.patience()));
        let reply = match heard {
            Ok(Some(Message::Reply(content))) => Reply::read(&content),
            Ok(Some(Message::Ended(status))) => {
                let how = process::in_words(status);
                return Ok(End::Lost(how.unwrap_or_else(|| String::from("exited before the test ended"))));
            }
            Ok(None) => Some(Reply { told: None, unsettled: true, moves: false, output: Vec::new() }),
            Err(error) => {
                worker.kill();
                return Err(error);
            }
        };
        let reply = match reply {
            Some(reply) => reply,
            None => {
                worker.kill();
                return Ok(End::Lost(String::from("its process has said something that makes no sense")));
            }
        };
        output::pass_on(&reply.output);
        let told = match reply.told {
            Some(told) => told,
            None => {
                worker.kill();
                return Ok(End::Lost(self.too_long()));
            }
        };
        let worker = match (reply.moves, worker) {
            (true, worker) => self.look(worker, number as u32),
            (false, worker) => Some(worker),
        };
        let worker = match worker {
            Some(worker) => worker,
            None => return Ok(End::Told(told)),
        };
        if reply.unsettled || self.settings.only.is_some() {
            if let Some(how) = worker.dismiss() {
                self.events.note(&format!("the process of {} {} when it was to end", name, how));
            }
        } else {
            self.idle().push(worker);
        }
        Ok(End::Told(told))
    }

    fn too_long(&self) -> String {
        match self.settings.time_limit {
            Some(limit) => format!("did not end within {} s", limit.as_secs_f64()),
            None => String::from("did not end"),
        }
    }

    /// A worker keeps the time itself, unless it is stopped or holds a lock that it would need.
    fn patience(&self) -> Option<Duration> {
        let rounds = self.settings.rounds.most(self.settings.repeat) as u32;
        self.settings.time_limit.map(|limit| (limit + GRACE) * rounds)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that is there, or a new one.
    fn worker(&self) -> io::Result<Worker> {
        let found = self.idle().pop();
        if let Some(worker) = found {
            match worker.channel.receive(Some(Duration::from_secs(0))) {
                Ok(None) => return Ok(worker),
                Ok(Some(Message::Ended(status))) => {
                    let how = process::in_words(status).unwrap_or_else(|| String::from("exited"));
                    self.events.note(&format!("a process {} between two tests; the tests behind have another", how));
                }
                // It says what makes no sense now.
                Ok(Some(Message::Reply(_))) | Err(_) => worker.kill(),
            }
        }
        self.start()
    }

    /// Let the workers end. Returns: whether all did as they should.
    fn dismiss_idle(&self) -> bool {
        let mut well = true;
        loop {
            let worker = self.idle().pop();
            let worker = match worker {
                Some(worker) => worker,
                None => return well,
            };
            if let Some(how) = worker.dismiss() {
                well = false;
                let what = format!("the process of the tests {} when they had ended", how);
                self.events.note(&what);
                // Nobody may listen any more.
                let _ = writeln!(io::stderr(), "leakgate: {}", what);
            }
        }
    }

    fn start(&self) -> io::Result<Worker> {
        let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("worker-{}-{}", std::process::id(), number);
        let channel = Arc::new(Channel::make(&self.settings.dir, &name)?);
        match self.start_on(&channel, name) {
            Ok(process) => Ok(Worker { channel, process }),
            Err(error) => {
                channel.remove();
                Err(error)
            }
        }
    }

    /// Start a process that gets its tests from a channel. Returns: its id.
    fn start_on(&self, channel: &Arc<Channel>, name: String) -> io::Result<u32> {
        let mut arguments = env::args_os();
        let called: OsString = arguments.next().unwrap_or_default();
        let itself = ITSELF.map_or_else(env::current_exe, |path| Ok(PathBuf::from(path)))?;
        let mut command = Command::new(itself);
        command.arg0(called).args(arguments);
        command.envs(self.settings.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str())));
        command.env(CHANNEL, channel.directory()).env(PARENT, std::process::id().to_string());
        let (tell, told) = mpsc::channel();
        let watched = Arc::clone(channel);
        // The thread lives as long as the worker, which is ended with the thread that has started it.
        thread::Builder::new().name(name).spawn(move || match command.spawn() {
            Ok(mut child) => {
                let _ = tell.send(Ok(child.id()));
                let status = child.wait().map_or(0, ExitStatusExt::into_raw);
                // Nobody listens if it fails.
                let _ = watched.ended(status);
            }
            Err(error) => drop(tell.send(Err(error))),
        })?;
        told.recv().map_err(|_| io::Error::new(io::ErrorKind::Other, "no thread"))?
    }
}

impl Worker {
    /// Let it end as a process does whose tests have ended. Returns: what was wrong with that.
    fn dismiss(self) -> Option<String> {
        if self.channel.send(Task::Quit).is_ok() {
            match self.channel.receive(Some(GRACE)) {
                Ok(Some(Message::Ended(status))) => return process::in_words(status),
                Ok(None) => {
                    self.kill();
                    return Some(format!("did not end within {} s", GRACE.as_secs()));
                }
                _ => {}
            }
        }
        self.kill();
        None
    }

    /// End it, whatever it is doing.
    fn kill(self) {
        process::end(self.process);
        let _ = self.channel.receive(Some(GRACE));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.channel.remove();
    }
}

/// The process exits: so shall the workers, and what goes wrong at that goes wrong for this process.
extern "C" fn dismiss_all() {
    // SAFETY: null, or what `Crew::new` has leaked.
    let crew = match unsafe { CREW.load(Ordering::Acquire).as_ref() } {
        Some(crew) => crew,
        None => return,
    };
    // C has called us: a panic must not get out.
    if !panic::catch_unwind(AssertUnwindSafe(|| crew.dismiss_idle())).unwrap_or(false) {
        const TESTS_FAILED: i32 = 101;
        process::exit_now(TESTS_FAILED);
    }
}
