//! A worker: a process of the same binary that runs the tests which it is told to, one after the other.
//!
//! It ends when a test ends it, which is then that test's affair alone, or when it is told to.

use super::channel::{self, Task};
use super::measure::{Ended, Session};
use super::movement;
use super::outcome::Told;
use super::output::Silence;
use super::process;
use super::settings::Settings;
use crate::engine;
use std::env;
use std::io::{self, Write};
use std::panic;
use std::path::Path;
use test::bench::run_once;
use test::{TestDescAndFn, TestFn};

/// What a worker says of a test.
pub struct Reply {
    /// What the test returned or panicked with; None: it did not end within the time limit.
    pub told: Option<Told>,
    /// Whether the next test should get another process.
    pub unsettled: bool,
    /// Whether it is worth seeing how far the test's figures move.
    pub moves: bool,
    /// What the test printed.
    pub output: Vec<u8>,
}

impl Reply {
    /// Read what `content` wrote. None: it is something else.
    pub fn read(content: &[u8]) -> Option<Self> {
        let (flags, rest) = content.split_first()?;
        let (unsettled, moves) = (flags & UNSETTLED != 0, flags & MOVES != 0);
        if flags & ENDED == 0 {
            return Some(Reply { told: None, unsettled, moves, output: rest.to_vec() });
        }
        let (told, length) = Told::read(rest)?;
        Some(Reply { told: Some(told), unsettled, moves, output: rest[length..].to_vec() })
    }

    fn content(&self) -> Vec<u8> {
        let flags = [(self.unsettled, UNSETTLED), (self.told.is_some(), ENDED), (self.moves, MOVES)];
        let mut content = vec![flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum()];
        if let Some(told) = &self.told {
            told.write(&mut content);
        }
        content.extend(&self.output);
        content
    }
}

const ENDED: u8 = 1;
const UNSETTLED: u8 = 2;
const MOVES: u8 = 4;

/// Run what comes through the channel, until it says that this is all.
pub fn serve(settings: &Settings, channel: &Path, tests: &[&TestDescAndFn]) {
    process::end_with_parent(settings.parent);
    // Nothing that this thread allocates is a test's.
    let _left_out = engine::leave_out();
    prepare_as_libtest_does();
    let builtin = panic::take_hook();
    // The message, and the symbols that a backtrace reads and keeps, are not the test's.
    panic::set_hook(Box::new(move |info| {
        let _left_out = engine::leave_out();
        builtin(info);
    }));
    let mut session = Session::start(settings);
    loop {
        match channel::next_task(channel) {
            Ok(Task::Run { test, capture }) => answer(channel, &run(&mut session, tests[test as usize], capture)),
            Ok(Task::Look { test, elsewhere }) => {
                let look = if elsewhere { movement::ELSEWHERE } else { session.long_look() };
                let settled = match tests[test as usize].testfn {
                    TestFn::StaticTestFn(f) => session.look(&tests[test as usize].desc, &look, f),
                    _ => true,
                };
                answer(channel, &Reply { told: None, unsettled: !settled, moves: false, output: Vec::new() });
            }
            Ok(Task::Quit) => return,
            Err(error) => panic!("leakgate: cannot tell what to do: {}", error),
        }
    }
}

/// Let threads inherit the capture of output, and a panic that cannot unwind print what was captured: libtest installs
/// the hooks for both when it runs tests, be they none.
fn prepare_as_libtest_does() {
    let _silence = Silence::begin();
    let arguments: Vec<String> = env::args().take(1).collect();
    test::test_main(&arguments, Vec::new(), None);
}

fn answer(channel: &Path, reply: &Reply) {
    // libtest prints to the same stream next.
    let _ = io::stdout().flush();
    if let Err(error) = channel::reply(channel, &reply.content()) {
        // Whoever has started us will see that we have ended, and why.
        panic!("leakgate: cannot tell how the test has ended: {}", error);
    }
}

fn run(session: &mut Session, test: &TestDescAndFn, capture: bool) -> Reply {
    let ended = match test.testfn {
        TestFn::StaticTestFn(f) => session.run(&test.desc, capture, f),
        TestFn::StaticBenchFn(f) => session.run(&test.desc, capture, move || run_once(f)),
        _ => panic!("non-static tests passed to leakgate's runner"),
    };
    match ended {
        Some(Ended { told, output, unsettled, moves }) => Reply { told: Some(told), unsettled, moves, output },
        None => Reply { told: None, unsettled: true, moves: false, output: Vec::new() },
    }
}
