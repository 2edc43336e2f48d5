//! What leakgate is told while the tests run: one JSON object a line, appended to `events.jsonl` in the run's directory.
//!
//! The file is opened for each line: a test may close every file that it finds open. Several processes append to it at
//! once, which is why a line is one write.

use super::movement::Movement;
use crate::profile::Totals;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process;
use std::time::Duration;

/// One round's profile.
pub struct Profile {
    /// Its file, below the run's directory.
    pub file: String,
    pub round: usize,
    /// What to know about its figures.
    pub notes: Vec<String>,
    /// How many threads allocated in it.
    pub threads: u32,
    /// Its figures.
    pub totals: Totals,
}

/// See the module.
pub struct Events {
    file: PathBuf,
    binary: String,
    process: u32,
}

impl Events {
    pub fn new(file: PathBuf, binary: &str) -> Self {
        Events { file, binary: quoted(binary), process: process::id() }
    }

    /// This binary has started.
    pub fn binary(&self, tests: usize, ignored: usize, filtered: usize) {
        self.write("binary", &format!(r#""tests":{},"ignored":{},"filtered":{}"#, tests, ignored, filtered));
    }

    /// A test begins.
    pub fn start(&self, test: &str) {
        self.write("start", &format!(r#""test":{}"#, quoted(test)));
    }

    /// A test has ended; without a `reason` it has passed.
    pub fn end(&self, test: &str, reason: Option<&str>, time: Duration, profiles: &[Profile]) {
        let reason = reason.map_or_else(|| String::from("null"), quoted);
        let mut listed = String::new();
        for Profile { file, round, notes, .. } in profiles {
            let comma = if listed.is_empty() { "" } else { "," };
            let notes = notes.iter().map(|note| quoted(note)).collect::<Vec<_>>().join(",");
            // Writing to a `String` does not fail.
            let _ = write!(listed, r#"{}{{"file":{},"round":{},"notes":[{}]}}"#, comma, quoted(file), round, notes);
        }
        self.write(
            "end",
            &format!(
                r#""test":{},"reason":{},"seconds":{:.6},"profiles":[{}]"#,
                quoted(test),
                reason,
                time.as_secs_f64(),
                listed
            ),
        );
    }

    /// How far a test's figures move.
    pub fn moved(&self, test: &str, movement: &Movement) {
        let Movement { runs, lowest, highest, left } = movement;
        let left = left.map_or_else(|| String::from("null"), |bytes| bytes.to_string());
        let fields = format!(r#""runs":{},"lowest":{},"highest":{},"left":{}"#, runs, lowest, highest, left);
        self.write("moved", &format!(r#""test":{},{}"#, quoted(test), fields));
    }

    /// A sentence for the reader.
    pub fn note(&self, text: &str) {
        self.write("note", &format!(r#""text":{}"#, quoted(text)));
    }

    fn write(&self, event: &str, fields: &str) {
        // A forked child is not this run.
        if process::id() != self.process {
            return;
        }
        let line = format!("{{\"event\":\"{}\",\"binary\":{},{}}}\n", event, self.binary, fields);
        let file = OpenOptions::new().append(true).create(true).open(&self.file);
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            eprintln!("leakgate: {}: {}", self.file.display(), error);
        }
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(&['\\', char]),
            '\u{0}'..='\u{1f}' => {
                let _ = write!(quoted, "\\u{:04x}", char as u32);
            }
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}
