//! Programs that tests start are the user's own.

use std::fs;
use std::process::Command;

#[test]
fn the_program_is_as_it_was_written() {
    let program = env!("CARGO_BIN_EXE_tool");
    assert!(Command::new(program).status().unwrap().success());
    let harness = b"leakgate_harness";
    let code = fs::read(program).unwrap();
    assert!(!code.windows(harness.len()).any(|part| part == harness));
}
