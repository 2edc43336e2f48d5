//! Leaks as many bytes as it is told, and exits as it is told.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let bytes = arguments.next().unwrap().parse().unwrap();
    std::mem::forget(press::fill(bytes));
    eprintln!("served");
    ExitCode::from(arguments.next().map_or(0, |code| code.parse().unwrap()))
}
