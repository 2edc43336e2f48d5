//! What cargo starts in place of rustc while leakgate builds a project's tests. A program of its own, not part of the
//! crate: compiled once, standard library only, and as quick to start as a program can be.
//!
//! It has two names. As `rustc-wrapper` it is called for every crate and asks for frame pointers. As
//! `rustc-workspace-wrapper` it is called for the workspace's members; what is compiled with `--test` gets the harness
//! in place of libtest (`libtest.rs`), and a program gets its allocator where programs are to be measured. Where rustc
//! refuses that, the crate is compiled just as cargo asked, and a note beside the binary says why.
//!
//! What it must know is in the file that `LEAKGATE_INJECTION` names, one `key<TAB>value` a line:
//! - `harness`: `target<TAB>directory` with the harness for that target; the target is empty for the host;
//! - `program`: the same, with the harness for programs;
//! - `wrapper`, `workspace-wrapper`: the user's own, called behind ours as cargo would have called them.
//!
//! Without that variable it does nothing at all.
//!
//! Where the harness is in, the note names the user's own flags that keep functions and lines from being found.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::process::{exit, Command, Stdio};

/// What rustc calls the harness's crate in its messages.
const CRATE: &str = "leakgate_harness";

fn main() {
    let mut words = env::args_os();
    let role = words.next().unwrap_or_default();
    let words: Vec<OsString> = words.collect();
    if words.is_empty() {
        fail("cargo starts this in place of rustc; it is nothing to be run by hand");
    }
    let plan = Plan::read();
    let arguments = Arguments::of(&words[1..]);
    // `-vV` and the like compile nothing.
    let compiles = plan.present && arguments.value("--crate-name").is_some();
    let for_workspace = is_workspace_wrapper(&role);
    // The user's come behind both of ours, in cargo's order: theirs may have to know rustc when they see it (sccache).
    let mut plain: Vec<OsString> = Vec::new();
    if !is_workspace_wrapper(&words[0]) {
        plain.extend(plan.wrapper.clone());
    }
    if for_workspace {
        plain.extend(plan.workspace_wrapper.clone());
    }
    plain.extend(words.iter().cloned());
    if compiles && for_workspace {
        let measured = arguments.has("--test") || (plan.measures_programs() && is_program());
        plain.extend(debug_information(&arguments, measured));
        if arguments.has("--test") {
            inject(&plan, &arguments, &plain);
        } else if measured {
            inject_in_program(&plan, &arguments, &plain);
        }
    } else if compiles {
        plain.extend(for_every_crate(&arguments));
    }
    let error = command(&plain).exec();
    fail(&format!("cannot run {}: {}", plain[0].to_string_lossy(), error));
}

fn is_workspace_wrapper(program: &OsStr) -> bool {
    program.as_bytes().ends_with(b"rustc-workspace-wrapper")
}

/// Compile with the harness, and exit if that succeeds. If not, leave a note and return: the crate is then compiled as it
/// is, so that a mistake of the user's own is reported in rustc's own words.
fn inject(plan: &Plan, arguments: &Arguments, plain: &[OsString]) {
    let keep = |text: &str| arguments.keep_note(text);
    let target = arguments.value("--target").unwrap_or_default();
    let harness = match plan.harness(&target) {
        Some(path) => path,
        None => return keep(&no_harness(&target)),
    };
    let spellings = ["panic-abort-tests", "-Zpanic-abort-tests", "panic_abort_tests", "-Zpanic_abort_tests"];
    if spellings.iter().any(|spelling| arguments.has(spelling)) {
        return keep("unsuited\twith `-Zpanic-abort-tests` libtest starts each of its tests by itself");
    }
    let attempt = |options: &str| {
        let libtest = format!("{}test=", options);
        with_extern(plain, &libtest, harness, "libleakgate_test.rlib")
    };
    let done = format!("harness\t{}", blinding(arguments).join("\t"));
    let mut errors = finish(&mut attempt(""), &|| keep(&done));
    if errors.contains("`test` is ambiguous") {
        // The crate has a module of that name and imports from it. This option keeps ours out of its way; it is
        // unstable, so it is allowed, for this one call. Nothing in the crate's own source is.
        errors = finish(attempt("noprelude:").arg("-Zunstable-options").env("RUSTC_BOOTSTRAP", "1"), &|| keep(&done));
    }
    keep(&refusal(&errors));
}

/// The same for a program, in which nothing stands for libtest: the harness is linked in though nobody asks for it, by an
/// option that is unstable, and allowed for this one call.
fn inject_in_program(plan: &Plan, arguments: &Arguments, plain: &[OsString]) {
    let keep = |text: &str| arguments.keep_note(text);
    let target = arguments.value("--target").unwrap_or_default();
    let harness = match plan.program_harness(&target) {
        Some(path) => path,
        None => return keep(&no_harness(&target)),
    };
    let options = format!("force,noprelude,nounused:{}=", CRATE);
    let mut attempt = with_extern(plain, &options, harness, "libleakgate_harness.rlib");
    let done = format!("harness\t{}", blinding(arguments).join("\t"));
    let attempt = attempt.arg("-Zunstable-options").env("RUSTC_BOOTSTRAP", "1");
    keep(&refusal(&finish(attempt, &|| keep(&done))));
}

/// rustc's call with one more crate.
fn with_extern(plain: &[OsString], options: &str, harness: &OsStr, file: &str) -> Command {
    let mut library = OsString::from(options);
    library.push(harness);
    library.push("/");
    library.push(file);
    let mut directory = OsString::from("dependency=");
    directory.push(harness);
    let mut attempt = command(plain);
    attempt.arg("--extern").arg(library).arg("-L").arg(directory);
    attempt
}

/// Whether cargo compiles a program or an example that is one. A build script has no such name.
fn is_program() -> bool {
    env::var_os("CARGO_BIN_NAME").is_some()
}

fn no_harness(target: &str) -> String {
    format!("unsuited\tthere is no harness for the target {}", target)
}

/// What the note says of rustc's messages.
fn refusal(errors: &str) -> String {
    match foreign_allocator(errors) {
        Some(name) => format!("allocator\t{}", name),
        None => format!("refused\t{}", first_error(errors)),
    }
}

/// Run an attempt, and if it succeeds call `done` and exit. Returns: what it printed to stderr.
fn finish(attempt: &mut Command, done: &dyn Fn()) -> String {
    let output = match attempt.stdin(Stdio::inherit()).stdout(Stdio::inherit()).output() {
        Ok(output) => output,
        Err(error) => fail(&format!("cannot run {:?}: {}", attempt, error)),
    };
    if output.status.success() {
        done();
        let _ = io::stderr().write_all(&output.stderr);
        exit(0);
    }
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What stacks need of all crates: frame pointers, and debug information that is in the binary.
fn for_every_crate(arguments: &Arguments) -> Vec<OsString> {
    let mut flags = Vec::new();
    if arguments.codegen("force-frame-pointers").last().is_none() {
        flags.push("-Cforce-frame-pointers=yes".into());
    }
    if !arguments.is_for_apple() && arguments.codegen("split-debuginfo").last().is_some() {
        flags.push("-Csplit-debuginfo=off".into());
    }
    flags
}

/// Lines for leakgate to name, where the profile has none (as `release` has none). Types and variables are left out.
fn debug_information(arguments: &Arguments, measured: bool) -> Vec<OsString> {
    let mut flags = Vec::new();
    if arguments.codegen("debuginfo").last().is_none() && !arguments.has("-g") {
        flags.push("-Cdebuginfo=1".into());
    }
    if measured {
        if arguments.codegen("strip").last().is_some() {
            flags.push("-Cstrip=none".into());
        }
        if arguments.is_for_apple() {
            // Into a dSYM: it stays readable when the object files have gone.
            flags.push("-Csplit-debuginfo=packed".into());
        }
    }
    flags
}

/// The flags that leave no functions or lines to be found. Cargo has no such flags of its own: these are the user's.
fn blinding(arguments: &Arguments) -> Vec<String> {
    let mut found = Vec::new();
    for (option, blind) in [("debuginfo", &["0", "none"][..]), ("force-frame-pointers", &["n", "no", "off", "false"])] {
        // The last one counts.
        found.extend(arguments.codegen(option).last().filter(|value| blind.contains(value)).map(|v| (option, v)));
    }
    for option in ["link-arg", "link-args"] {
        let strips = |value: &&str| value.split(|c| c == ' ' || c == ',').any(|word| STRIPPING.contains(&word));
        found.extend(arguments.codegen(option).filter(strips).map(|value| (option, value)));
    }
    found.iter().map(|(option, value)| format!("-C{}={}", option, value)).collect()
}

/// What makes a linker leave names or lines out.
const STRIPPING: [&str; 6] = ["-s", "-S", "--strip-all", "--strip-debug", "-strip-all", "-strip-debug"];

/// The crate that has a global allocator of its own, where that is what rustc complains of.
fn foreign_allocator(errors: &str) -> Option<&str> {
    let (_, rest) = split(errors, "the `#[global_allocator]` in ")?;
    let (one, rest) = split(rest, " conflicts with global allocator in: ")?;
    let other = rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ' ').next()?;
    Some(if one == CRATE { other } else { one })
}

/// The first error's own words, from rustc's JSON or text.
fn first_error(errors: &str) -> String {
    let errors = errors.lines().find(|line| line.contains("\"level\":\"error\"") || line.starts_with("error"));
    let line = errors.unwrap_or("without a word");
    let message = split(line, "\"message\":\"").map_or(line, |(_, rest)| rest);
    let mut end = message.len();
    let bytes = message.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'"' && (at == 0 || bytes[at - 1] != b'\\') && line.starts_with('{') {
            end = at;
            break;
        }
    }
    message[..end].replace("\\\"", "\"").replace("\\n", " ")
}

fn split<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let at = text.find(mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

fn command(words: &[OsString]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

fn fail(text: &str) -> ! {
    eprintln!("leakgate: {}", text);
    exit(70)
}

/// What rustc was asked for.
struct Arguments(Vec<String>);

impl Arguments {
    /// With the files read that a very long command line is kept in (`@path`).
    fn of(words: &[OsString]) -> Self {
        let mut all = Vec::new();
        for word in words {
            match word.as_bytes().strip_prefix(b"@").map(|path| fs::read_to_string(OsStr::from_bytes(path))) {
                Some(Ok(text)) => all.extend(text.lines().map(String::from)),
                _ => all.push(word.to_string_lossy().into_owned()),
            }
        }
        Arguments(all)
    }

    fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|word| word == flag)
    }

    /// The values of a codegen option, in order: of `-C name=value`, `-Cname=value` and their long forms.
    fn codegen<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(move |word| {
            let word = word.strip_prefix("--codegen=").or_else(|| word.strip_prefix("-C")).unwrap_or(word);
            word.strip_prefix(name).and_then(|rest| rest.strip_prefix('='))
        })
    }

    fn is_for_apple(&self) -> bool {
        let target = self.value("--target").unwrap_or_default();
        target.contains("apple") || (target.is_empty() && cfg!(target_vendor = "apple"))
    }

    /// The value of `--name value` or `--name=value`.
    fn value(&self, name: &str) -> Option<String> {
        let mut words = self.0.iter();
        while let Some(word) = words.next() {
            if word == name {
                return words.next().cloned();
            }
            if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                return Some(value.to_owned());
            }
        }
        None
    }

    /// The path of the executable that comes out.
    fn binary(&self) -> Option<OsString> {
        let suffix = self.codegen("extra-filename").last();
        let (directory, name) = (self.value("--out-dir")?, self.value("--crate-name")?);
        Some(format!("{}/{}{}", directory, name, suffix.unwrap_or_default()).into())
    }

    /// Say beside the executable what became of it.
    fn keep_note(&self, text: &str) {
        if let Some(mut path) = self.binary() {
            path.push(".leakgate");
            // Written anew and never in place: cargo's directories hold hard links.
            let _ = fs::remove_file(&path);
            let _ = fs::write(&path, text);
        }
    }
}

/// See the module.
#[derive(Default)]
struct Plan {
    present: bool,
    harnesses: Vec<(String, OsString)>,
    programs: Vec<(String, OsString)>,
    wrapper: Option<OsString>,
    workspace_wrapper: Option<OsString>,
}

impl Plan {
    fn read() -> Self {
        let mut plan = Plan::default();
        let path = match env::var_os("LEAKGATE_INJECTION") {
            Some(path) => path,
            None => return plan,
        };
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) => fail(&format!("cannot read {}: {}", path.to_string_lossy(), error)),
        };
        plan.present = true;
        for line in text.split(|byte| *byte == b'\n') {
            let mut parts = line.splitn(3, |byte| *byte == b'\t');
            let key = parts.next().unwrap_or_default();
            let value = parts.next().unwrap_or_default();
            let owned = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
            match key {
                b"harness" | b"program" => {
                    let path = owned(parts.next().unwrap_or_default());
                    let list = if key == b"program" { &mut plan.programs } else { &mut plan.harnesses };
                    list.push((String::from_utf8_lossy(value).into_owned(), path));
                }
                b"wrapper" => plan.wrapper = Some(owned(value)),
                b"workspace-wrapper" => plan.workspace_wrapper = Some(owned(value)),
                _ => {}
            }
        }
        plan
    }

    fn harness(&self, target: &str) -> Option<&OsStr> {
        find(&self.harnesses, target)
    }

    fn program_harness(&self, target: &str) -> Option<&OsStr> {
        find(&self.programs, target)
    }

    fn measures_programs(&self) -> bool {
        !self.programs.is_empty()
    }
}

fn find<'a>(harnesses: &'a [(String, OsString)], target: &str) -> Option<&'a OsStr> {
    harnesses.iter().find(|(known, _)| known == target).map(|(_, path)| path.as_os_str())
}
