//! What leakgate says through the environment.

use std::collections::{HashMap, HashSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const OURS: &str = "LEAKGATE_";

/// Names the channel of a worker: see `channel`. Without it this process is the one that cargo has started.
pub const CHANNEL: &str = "LEAKGATE_CHANNEL";

/// Names the process that has started the worker, by its id.
pub const PARENT: &str = "LEAKGATE_PARENT";

/// How many times a test runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rounds {
    /// Once, and once more if that left bytes live or crossed the test's limit.
    ///
    /// Test → the t-gmax, in bytes, above which it runs again.
    Auto(HashMap<String, u64>),
    /// This many times.
    Fixed(usize),
}

impl Rounds {
    /// How many rounds a test has at most, where `repeat` of them count.
    pub fn most(&self, repeat: usize) -> usize {
        let warm_up = match self {
            Rounds::Fixed(rounds) => rounds.saturating_sub(1),
            // What it fills only once shall not be among the figures that are taken together.
            Rounds::Auto(_) => 1,
        };
        warm_up + repeat
    }
}

/// See the module.
pub struct Settings {
    /// The run's directory.
    pub dir: PathBuf,
    pub rounds: Rounds,
    /// How many rounds count, besides those that warm up.
    pub repeat: usize,
    /// How long a test may take.
    pub time_limit: Option<Duration>,
    /// How many tests run at a time.
    pub jobs: usize,
    /// The tests to run, each in a process of its own. None: all that the arguments choose.
    pub only: Option<HashSet<String>>,
    /// The executable, as events name it: absolute, links followed where the system does so.
    pub binary: String,
    /// Where this process gets its tests from, if it is a worker.
    pub channel: Option<PathBuf>,
    /// Who has started it, then.
    pub parent: Option<u32>,
    /// Our variables, for the workers.
    pub variables: Vec<(OsString, OsString)>,
}

impl Settings {
    /// Whether a test may run more often than its rounds are, to see how far its figures move.
    pub fn looks(&self) -> bool {
        self.repeat == 1 && matches!(self.rounds, Rounds::Auto(_))
    }

    /// Read the variables, and remove them: neither a test nor what it starts shall see them. None: do not measure.
    pub fn take() -> Option<Self> {
        let ours = |name: &OsString| name.to_str().map_or(false, |name| name.starts_with(OURS));
        let variables: Vec<_> = env::vars_os().filter(|(name, _)| ours(name)).collect();
        for (name, _) in &variables {
            env::remove_var(name);
        }
        let find = |wanted: &str| Some(&variables.iter().find(|(name, _)| name == wanted)?.1);
        let path = |name: &str| find(name).map(PathBuf::from);
        let number = |name: &str| find(name)?.to_str()?.parse::<usize>().ok();
        let dir = path("LEAKGATE_HARNESS_DIR")?;
        let binary = env::current_exe().unwrap_or_default().to_string_lossy().into_owned();
        let rounds = match number("LEAKGATE_ROUNDS") {
            Some(number) => Rounds::Fixed(number),
            None => Rounds::Auto(path("LEAKGATE_SECOND_ROUND").map_or_else(HashMap::new, |file| {
                let limits = read_table(&file, &binary).into_iter();
                limits.filter_map(|(test, bytes)| Some((test, bytes.parse().ok()?))).collect()
            })),
        };
        Some(Settings {
            dir,
            rounds,
            repeat: number("LEAKGATE_REPEAT").unwrap_or(1).max(1),
            time_limit: find("LEAKGATE_TIME_LIMIT").and_then(|text| seconds(text.to_str()?)),
            jobs: number("LEAKGATE_JOBS").unwrap_or(1).max(1),
            only: path("LEAKGATE_ONLY")
                .map(|file| read_table(&file, &binary).into_iter().map(|(test, _)| test).collect()),
            binary,
            channel: path(CHANNEL),
            parent: number(PARENT).map(|number| number as u32),
            variables,
        })
    }
}

fn seconds(text: &str) -> Option<Duration> {
    // A century is no limit.
    const MOST: f64 = 3e9;
    let seconds: f64 = text.parse().ok()?;
    Some(seconds).filter(|seconds| *seconds > 0.0 && *seconds < MOST).map(Duration::from_secs_f64)
}

/// Lines `<executable>\t<test>\t<value>`; those of other executables say nothing.
fn read_table(file: &Path, binary: &str) -> Vec<(String, String)> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("leakgate: {}: {}", file.display(), error);
            return Vec::new();
        }
    };
    let mut rows = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        if let (Some(path), Some(test)) = (fields.next(), fields.next()) {
            if path == binary {
                rows.push((test.to_owned(), fields.next().unwrap_or("").to_owned()));
            }
        }
    }
    rows
}
