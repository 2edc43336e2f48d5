//! A `main` that says what it has when it is asked as cargo-nextest asks: `--list --format terse`, with `--ignored` too.

use std::env;

fn main() {
    let asked = |word: &str| env::args().any(|argument| argument == word);
    if asked("--list") {
        if !asked("--ignored") {
            println!("special: test");
        }
        return;
    }
    drop(own_harness::held(1));
    println!("the special harness ran");
    assert!(env::var_os("SPECIAL_FAILS").is_none(), "as it was asked to");
}
