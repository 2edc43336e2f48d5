//! The test runner: libtest itself, with each test wrapped in a measurement.
//!
//! libtest reads the arguments, chooses the tests, prints, judges and exits, so whatever it can do in the toolchain at
//! hand works here too. It is handed closures instead of the test functions: a closure runs its function on a thread of
//! its own, with a heap profile around it, in as many rounds as are needed (`measure`), and tells leakgate (`events`).
//!
//! Differences that remain: tests run one at a time, and a test's time includes its rounds.

mod events;
mod measure;
mod output;
mod round;
mod settings;
mod threads;

use crate::engine;
use events::Events;
use measure::Session;
use settings::Settings;
use std::num::NonZeroUsize;
use std::{env, panic};
use test::bench::run_once;
use test::test::{parse_opts, RunIgnored, ShouldPanic, TestOpts};
use test::{TestDesc, TestDescAndFn, TestFn};

/// What `main` of an injected test binary calls: run the tests as the command line says, and exit as libtest would.
///
/// Without `LEAKGATE_HARNESS_DIR` in the environment nothing is measured and this is libtest.
pub fn runner(tests: &[&TestDescAndFn]) {
    // Before any thread is there that might read the environment meanwhile.
    let settings = match Settings::take() {
        Some(settings) => settings,
        None => return test::test_main_static(tests),
    };
    let arguments: Vec<String> = env::args().collect();
    let options = match parse_opts(&without_logfile(&arguments)) {
        Some(Ok(options)) if !options.list => options,
        // Help was asked for, and is printed.
        None => return,
        // A list, or an error that libtest has the words for.
        _ => return test::test_main_static(tests),
    };
    let session = Session::start(settings);
    announce(session.events(), &options, tests);
    let builtin = panic::take_hook();
    // The message, and the symbols that a backtrace reads and keeps, are not the test's.
    panic::set_hook(Box::new(move |info| {
        let _left_out = engine::leave_out();
        builtin(info);
    }));
    let wrapped = tests.iter().map(|test| wrap(session, test, options.bench_benchmarks)).collect();
    let arguments = one_at_a_time(arguments, options.test_threads);
    // libtest's main thread allocates when it starts to wait for the test, and when that takes a minute.
    let _left_out = engine::leave_out();
    test::test_main(&arguments, wrapped, None);
}

/// The same test with a measurement in it.
fn wrap(session: &'static Session, test: &TestDescAndFn, benches_are_timed: bool) -> TestDescAndFn {
    let desc = test.desc.clone();
    let testfn = match test.testfn {
        TestFn::StaticTestFn(f) => TestFn::DynTestFn(Box::new(move || session.run(&desc, f))),
        // Run many times, to be timed: nothing that a heap profile could be compared with.
        TestFn::StaticBenchFn(f) if benches_are_timed => TestFn::StaticBenchFn(f),
        TestFn::StaticBenchFn(f) => TestFn::DynTestFn(Box::new(move || session.run(&desc, move || run_once(f)))),
        _ => panic!("non-static tests passed to leakgate's runner"),
    };
    TestDescAndFn { desc: test.desc.clone(), testfn }
}

/// The arguments without `--logfile`: libtest warns whenever it reads that, and it will read it again.
fn without_logfile(arguments: &[String]) -> Vec<String> {
    let mut rest = arguments.iter();
    let mut kept = Vec::new();
    while let Some(argument) = rest.next() {
        if argument == "--logfile" {
            rest.next();
        } else if !argument.starts_with("--logfile=") {
            kept.push(argument.clone());
        }
    }
    kept
}

/// The arguments with `--test-threads=1`: one heap, one test in it.
fn one_at_a_time(mut arguments: Vec<String>, asked: Option<usize>) -> Vec<String> {
    let variable = env::var("RUST_TEST_THREADS").ok();
    let in_variable = variable.as_deref().map(str::parse::<NonZeroUsize>);
    let threads = asked.or_else(|| Some(in_variable.clone()?.ok()?.get()));
    if let Some(threads) = threads.filter(|threads| *threads > 1) {
        eprintln!("leakgate: the tests run one at a time, so that each can be measured, not {} at a time", threads);
    }
    match asked {
        Some(1) => {}
        Some(_) => {
            for i in 1..arguments.len() {
                if arguments[i].starts_with("--test-threads=") {
                    arguments[i] = String::from("--test-threads=1");
                } else if arguments[i - 1] == "--test-threads" {
                    arguments[i] = String::from("1");
                }
            }
        }
        // libtest has its own words for a variable that is no number.
        None if matches!(in_variable, Some(Err(_))) => {}
        None => arguments.insert(1.min(arguments.len()), String::from("--test-threads=1")),
    }
    arguments
}

/// Tell how many tests will be measured, by the rules of libtest's `filter_tests`.
fn announce(events: &Events, options: &TestOpts, tests: &[&TestDescAndFn]) {
    let chosen: Vec<_> = tests.iter().filter(|test| is_chosen(options, &test.desc)).collect();
    let is_timed = |test: &TestDescAndFn| options.bench_benchmarks && matches!(test.testfn, TestFn::StaticBenchFn(_));
    let is_ignored = |desc: &TestDesc| desc.ignore && options.run_ignored == RunIgnored::No;
    let ignored = chosen.iter().filter(|test| is_ignored(&test.desc) || !options.run_tests && !is_timed(test)).count();
    let timed = chosen.iter().filter(|test| is_timed(test) && !is_ignored(&test.desc)).count();
    events.binary(chosen.len() - ignored - timed, ignored, tests.len() - chosen.len());
}

fn is_chosen(options: &TestOpts, desc: &TestDesc) -> bool {
    let name = desc.name.as_slice();
    let matches = |filter: &String| if options.filter_exact { name == filter } else { name.contains(filter.as_str()) };
    (options.filters.is_empty() || options.filters.iter().any(matches))
        && !options.skip.iter().any(matches)
        && (!options.exclude_should_panic || desc.should_panic == ShouldPanic::No)
        && (options.run_ignored != RunIgnored::Only || desc.ignore)
}
