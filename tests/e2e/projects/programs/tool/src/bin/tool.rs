//! Ends in the way that its argument names.

#![deny(unused_crate_dependencies, warnings)]
#![forbid(unstable_features)]

use std::process::{abort, exit, Command};
use std::{env, process, thread};

fn main() {
    tool::keep(10_000);
    let how = env::args().nth(1).unwrap_or_default();
    match &*how {
        "" => {}
        "fail" => exit(7),
        "panic" => panic!("as I was told"),
        "abort" => abort(),
        "exit-in-a-thread" => thread::spawn(|| exit(0)).join().unwrap(),
        "children" => children(),
        "fork" => fork(),
        signal => {
            send(signal, process::id());
            loop {
                thread::park();
            }
        }
    }
}

fn send(signal: &str, to: u32) {
    let status = Command::new("kill")
        .args(["-s", signal, &to.to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// Runs itself, which ends in other ways than this does.
fn children() {
    assert_eq!(env::var_os("LEAKGATE_PROGRAM_DIR"), None);
    for how in ["", "fail"] {
        Command::new(env::current_exe().unwrap())
            .arg(how)
            .status()
            .unwrap();
    }
}

extern "C" {
    #[link_name = "fork"]
    fn fork_process() -> i32;
    fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
    fn pause() -> i32;
}

/// A forked child dies of SIGTERM as ever, and one that exits writes nothing.
fn fork() {
    const SIGTERM: i32 = 15;
    let terminated = forked(|| loop {
        unsafe { pause() };
    });
    send("TERM", terminated as u32);
    assert_eq!(status_of(terminated), SIGTERM);
    assert_eq!(status_of(forked(|| exit(3))), 3 << 8);
}

fn forked(child: fn()) -> i32 {
    let process = unsafe { fork_process() };
    if process == 0 {
        child();
    }
    process
}

fn status_of(process: i32) -> i32 {
    let mut status = 0;
    unsafe { waitpid(process, &mut status, 0) };
    status
}
