//! Tests that end the process.

#[test]
fn aborts() {
    std::process::abort();
}

#[test]
fn exits() {
    std::process::exit(7);
}

#[test]
fn passes() {}
