//! The dhat crate is the oracle: the same program, the same counts, site by site.

use std::process::Command;

fn output(program: &str, arguments: [u64; 3]) -> String {
    let output = Command::new(program).args(arguments.map(|number| number.to_string())).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn compare(seeds: u64, threads: u64, steps: u64) {
    for seed in 1..=seeds {
        let arguments = [seed, threads, steps];
        let expected = output(env!("CARGO_BIN_EXE_with_dhat"), arguments);
        let got = output(env!("CARGO_BIN_EXE_with_leakgate"), arguments);
        assert_eq!(expected, got, "{arguments:?}");
        assert!(expected.lines().count() > 20, "{expected}");
    }
}

#[test]
fn one_thread_counts_as_dhat_does() {
    compare(12, 1, 3_000);
}

#[test]
fn a_long_run_counts_as_dhat_does() {
    compare(1, 1, 60_000);
}

#[test]
fn threads_that_free_one_anothers_blocks_count_as_dhat_does() {
    compare(8, 2, 2_000);
    compare(4, 5, 2_000);
}

#[test]
fn more_threads_than_lanes_count_as_dhat_does() {
    compare(2, 40, 2_000);
}
