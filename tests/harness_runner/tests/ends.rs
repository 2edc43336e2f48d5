//! Tests that end their process, or never end, or leave something at work in it. Between them, tests that leak a known
//! number of bytes: they are measured all the same.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;

extern "C" {
    fn close(fd: i32) -> i32;
    fn fork() -> i32;
    fn raise(signal: i32) -> i32;
}

#[test]
fn a_aborts() {
    std::process::abort();
}

#[test]
#[should_panic]
fn b_aborts_and_should_panic() {
    std::process::abort();
}

#[test]
fn c_leaks() {
    std::mem::forget(vec![1_u8; 100]);
}

#[test]
fn d_exits_with_7() {
    println!("goes down with its process");
    std::process::exit(7);
}

#[test]
fn e_exits_with_0() {
    std::process::exit(0);
}

#[test]
fn f_overflows_its_stack() {
    fn deeper(n: u64) -> u64 {
        std::hint::black_box(if n == u64::MAX { 0 } else { deeper(n + 1) + 1 })
    }
    deeper(0);
}

#[test]
fn g_is_killed_by_a_bad_address() {
    // SAFETY: none. That is the point.
    unsafe { std::hint::black_box(std::ptr::null_mut::<u8>().wrapping_add(8)).write_volatile(1) };
}

#[test]
fn h_is_killed() {
    // SAFETY: it touches no memory.
    unsafe { raise(9) };
}

#[test]
fn i_deadlocks() {
    let lock = Mutex::new(());
    let _first = lock.lock();
    let _second = lock.lock();
}

#[test]
fn j_leaks() {
    std::mem::forget(vec![1_u8; 200]);
}

#[test]
fn k_leaves_a_thread_that_allocates_for_ever() {
    let both = Arc::new(Barrier::new(2));
    let its = Arc::clone(&both);
    thread::spawn(move || {
        its.wait();
        loop {
            std::mem::forget(std::hint::black_box(vec![1_u8; 8]));
            thread::sleep(std::time::Duration::from_micros(100));
        }
    });
    both.wait();
}

#[test]
fn l_leaks() {
    std::mem::forget(vec![1_u8; 300]);
}

#[test]
fn m_closes_every_file() {
    for fd in 3..200 {
        // SAFETY: nobody in this process needs them.
        unsafe { close(fd) };
    }
}

#[test]
fn n_returns_in_a_forked_child_too() {
    // SAFETY: the child has this thread only, and goes the way of any test.
    unsafe { fork() };
}

#[test]
fn o_panics_with_a_value_that_panics_when_it_is_dropped() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("it is dropped");
        }
    }
    std::panic::panic_any(Bomb);
}

#[test]
fn p_leaks() {
    std::mem::forget(vec![1_u8; 400]);
}
