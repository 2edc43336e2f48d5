//! Children that a test forks: they have the harness in them too, and must not tell or write a thing.

use std::hint::black_box;

fn leaks(size: usize) {
    std::mem::forget(vec![1u8; black_box(size)]);
}

/// Fork, do something in the child, and wait for it. Returns: how it ended, as `wait` tells.
fn in_a_child(work: impl FnOnce()) -> i32 {
    // SAFETY: the child runs `work` only, and ends.
    match unsafe { libc::fork() } {
        0 => {
            work();
            unsafe { libc::_exit(0) }
        }
        child => {
            let mut status = 0;
            // SAFETY: a child of ours, and a place for its status.
            assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
            status
        }
    }
}

#[test]
fn a_child_allocates_and_ends() {
    assert_eq!(in_a_child(|| leaks(50_000)), 0);
    leaks(3101);
}

#[test]
fn b_child_exits_through_libc() {
    // SAFETY: it ends the child.
    assert_eq!(in_a_child(|| unsafe { libc::exit(0) }), 0);
    leaks(3102);
}

#[test]
fn c_child_aborts() {
    assert_eq!(in_a_child(|| std::process::abort()), libc::SIGABRT);
    leaks(3103);
}

#[test]
fn d_child_panics() {
    let panicked = in_a_child(|| assert!(std::panic::catch_unwind(|| panic!("in the child")).is_err()));
    assert_eq!(panicked, 0);
    leaks(3104);
}

#[test]
fn e_after_them() {
    leaks(3105);
}
