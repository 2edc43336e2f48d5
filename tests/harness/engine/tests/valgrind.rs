//! Valgrind's DHAT is the second oracle: it watches the same program from outside.

use engine::{Plan, Table};
use serde_json::Value;
use std::fs;
use std::process::Command;

fn run(command: &mut Command) -> String {
    let output = command.env("RUST_BACKTRACE", "0").output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn one_thread_counts_as_valgrind_does() {
    let program = env!("CARGO_BIN_EXE_alone");
    for seed in 1..=4_u64 {
        let (seed_text, steps) = (seed.to_string(), "3000");
        let got = run(Command::new(program).args([&seed_text, steps, "1"]));

        let file = format!("{}/dhat-{seed}.json", env!("CARGO_TARGET_TMPDIR"));
        let options = ["--command-line-only=yes", "--tool=dhat", "--num-callers=64"];
        let mut valgrind = Command::new("valgrind");
        run(valgrind.args(options).arg(format!("--dhat-out-file={file}")).args([program, &seed_text, steps]));
        let profile: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let mut table = Table::default();
        for point in profile["pps"].as_array().unwrap() {
            let stack = point["fs"].as_array().unwrap();
            let frame = |index: &Value| profile["ftbl"][index.as_u64().unwrap() as usize].as_str().unwrap();
            let mut row = ["tb", "tbk", "gb", "gbk", "eb", "ebk", "mb", "mbk"].map(|c| point[c].as_u64().unwrap());
            row[6..].fill(0);
            table.add(Plan { seed, threads: 1, steps: 3000 }, stack.iter().map(frame), row);
        }
        assert_eq!(table.sites(), got, "seed {seed}");
        assert!(got.lines().count() > 20, "{got}");
    }
}
