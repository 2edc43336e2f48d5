//! What leakgate says through the environment.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

const OURS: &str = "LEAKGATE_";

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

/// See the module.
pub struct Settings {
    /// The run's directory.
    pub dir: PathBuf,
    pub rounds: Rounds,
    /// The executable, as events name it: absolute, links followed where the system does so.
    pub binary: String,
}

impl Settings {
    /// Read the variables, and remove them: neither a test nor what it starts shall see them. None: do not measure.
    pub fn take() -> Option<Self> {
        let dir = env::var_os("LEAKGATE_HARNESS_DIR").map(PathBuf::from);
        let rounds = env::var("LEAKGATE_ROUNDS").ok();
        let limits = env::var_os("LEAKGATE_SECOND_ROUND").map(PathBuf::from);
        for (name, _) in env::vars_os() {
            if name.to_str().map_or(false, |name| name.starts_with(OURS)) {
                env::remove_var(name);
            }
        }
        let dir = dir?;
        let binary = env::current_exe().unwrap_or_default().to_string_lossy().into_owned();
        let rounds = match rounds.as_deref().map(str::parse) {
            Some(Ok(number)) => Rounds::Fixed(number),
            _ => Rounds::Auto(limits.map_or_else(HashMap::new, |file| read_limits(&file, &binary))),
        };
        Some(Settings { dir, rounds, binary })
    }
}

/// Lines `<executable>\t<test>\t<bytes>`; those of other executables and those with `-` for the bytes say nothing.
fn read_limits(file: &Path, binary: &str) -> HashMap<String, u64> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("leakgate: {}: {}; no test runs again for its t-gmax", file.display(), error);
            return HashMap::new();
        }
    };
    let mut limits = HashMap::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        if let (Some(path), Some(test), Some(bytes)) = (fields.next(), fields.next(), fields.next()) {
            if let (true, Ok(bytes)) = (path == binary, bytes.parse()) {
                limits.insert(test.to_owned(), bytes);
            }
        }
    }
    limits
}
