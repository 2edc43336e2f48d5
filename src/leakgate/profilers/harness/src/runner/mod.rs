//! The test runner: libtest itself, with each test run and measured in another process.
//!
//! libtest reads the arguments, chooses the tests, prints, judges and exits, so whatever it can do in the toolchain at
//! hand works here too. It is handed closures instead of the test functions: a closure has its test run by a worker
//! (`crew`), a process of the same binary that serves one test after the other (`worker`): on a thread of its own, with a
//! heap profile around it, in as many rounds as are needed (`measure`). What happens is told to leakgate (`events`).
//!
//! Differences that remain: tests run one at a time, unless leakgate is told otherwise, a test's time includes its
//! rounds, and a test that ends its process has failed and is not the end of the others.

mod channel;
mod crew;
mod events;
mod measure;
mod movement;
mod outcome;
mod output;
mod process;
mod round;
mod settings;
mod threads;
mod worker;

use crew::Crew;
use events::Events;
use settings::Settings;
use std::env;
use std::num::NonZeroUsize;
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
    if let Some(channel) = &settings.channel {
        return worker::serve(&settings, channel, tests);
    }
    let is_wanted =
        |test: &TestDescAndFn| settings.only.as_ref().map_or(true, |only| only.contains(test.desc.name.as_slice()));
    let wanted: Vec<&TestDescAndFn> = tests.iter().copied().filter(|test| is_wanted(test)).collect();
    let arguments: Vec<String> = env::args().collect();
    let options = match parse_opts(&without_logfile(&arguments)) {
        Some(Ok(options)) if !options.list => options,
        // Help was asked for, and is printed.
        None => return,
        // A list, or an error that libtest has the words for.
        _ => return test::test_main_static(&wanted),
    };
    let numbers: Vec<usize> = (0..tests.len()).filter(|number| is_wanted(tests[*number])).collect();
    let jobs = settings.jobs;
    let crew = Crew::new(settings);
    announce(crew.events(), &options, &wanted);
    let wrapped =
        numbers.into_iter().map(|number| wrap(crew, number, tests[number], options.bench_benchmarks)).collect();
    let arguments = so_many_at_a_time(jobs, arguments, options.test_threads);
    test::test_main(&arguments, wrapped, None);
}

/// The same test, run elsewhere.
fn wrap(crew: &'static Crew, number: usize, test: &TestDescAndFn, benches_are_timed: bool) -> TestDescAndFn {
    let desc = test.desc.clone();
    let testfn = match test.testfn {
        // Run many times, to be timed: nothing that a heap profile could be compared with.
        TestFn::StaticBenchFn(f) if benches_are_timed => TestFn::StaticBenchFn(f),
        _ => TestFn::DynTestFn(Box::new(move || crew.run(&desc, number))),
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

/// The arguments with at most `jobs` test threads: one heap, one test in it.
fn so_many_at_a_time(jobs: usize, mut arguments: Vec<String>, asked: Option<usize>) -> Vec<String> {
    let variable = env::var("RUST_TEST_THREADS").ok();
    let in_variable = variable.as_deref().map(str::parse::<NonZeroUsize>);
    let threads = asked.or_else(|| Some(in_variable.clone()?.ok()?.get()));
    if let Some(threads) = threads.filter(|threads| *threads > jobs) {
        let so_many = if jobs == 1 { String::from("one") } else { jobs.to_string() };
        eprintln!(
            "leakgate: the tests run {} at a time, so that each can be measured, not {} at a time",
            so_many, threads
        );
    }
    let jobs = threads.map_or(jobs, |threads| threads.min(jobs)).to_string();
    match asked {
        Some(_) => {
            for i in 1..arguments.len() {
                if arguments[i].starts_with("--test-threads=") {
                    arguments[i] = format!("--test-threads={}", jobs);
                } else if arguments[i - 1] == "--test-threads" {
                    arguments[i] = jobs.clone();
                }
            }
        }
        // libtest has its own words for a variable that is no number.
        None if matches!(in_variable, Some(Err(_))) => {}
        None => arguments.insert(1.min(arguments.len()), format!("--test-threads={}", jobs)),
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
