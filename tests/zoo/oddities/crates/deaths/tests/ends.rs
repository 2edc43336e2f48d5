//! Each of these tests ends the process it runs in. Those between them are measured as if nothing had been.

use std::hint::black_box;

fn leaks(size: usize) {
    std::mem::forget(vec![1u8; black_box(size)]);
}

#[test]
fn a_aborts() {
    leaks(1);
    std::process::abort();
}

#[test]
fn a_lives() {
    leaks(3001);
}

#[test]
fn b_exits_with_0() {
    std::process::exit(0);
}

#[test]
fn b_lives() {
    leaks(3002);
}

#[test]
fn c_exits_with_7() {
    std::process::exit(7);
}

#[test]
fn c_lives() {
    leaks(3003);
}

#[test]
#[allow(unconditional_recursion)]
fn d_overflows_its_stack() {
    fn deeper(depth: u64) -> u64 {
        let room = black_box([depth; 512]);
        deeper(room[0] + 1) + room[511]
    }
    black_box(deeper(0));
}

#[test]
fn d_lives() {
    leaks(3004);
}

#[test]
fn e_reads_what_is_not_its() {
    // SAFETY: none: that is what it is for.
    unsafe { black_box(std::ptr::read_volatile(black_box(8 as *const u8))) };
}

#[test]
fn e_lives() {
    leaks(3005);
}

#[test]
fn f_is_killed() {
    // SAFETY: a signal to itself.
    unsafe { libc::raise(libc::SIGKILL) };
}

#[test]
fn f_lives() {
    leaks(3006);
}

#[test]
fn g_panics_while_it_panics() {
    struct Again;
    impl Drop for Again {
        fn drop(&mut self) {
            panic!("again");
        }
    }
    let _again = Again;
    panic!("once");
}

#[test]
fn g_lives() {
    leaks(3007);
}

#[test]
fn h_fails_and_stays() {
    panic!("as tests do");
}

#[test]
#[should_panic(expected = "on purpose")]
fn h_panics_on_purpose() {
    // Higher than what a panic needs beside it.
    drop(black_box(vec![1u8; 8000]));
    leaks(3008);
    panic!("on purpose");
}
