//! Threads that a test leaves behind, and what the tests after it are measured at. libtest runs them by name.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

fn holds(size: usize) -> Vec<u8> {
    vec![1; black_box(size)]
}

/// Higher than what the threads of a test reach beside it.
fn peaks() {
    drop(holds(500_000));
}

#[test]
fn a_before_any_is_left() {
    std::mem::forget(holds(2001));
}

/// Allocates for as long as the process lives, in all of its workers.
#[test]
fn b_1_leaves_a_multi_threaded_runtime() {
    peaks();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    for _ in 0..4 {
        runtime.spawn(async {
            loop {
                drop(holds(50_000));
                tokio::time::sleep(Duration::from_micros(50)).await;
            }
        });
    }
    std::mem::forget(runtime);
}

#[test]
fn b_2_after_the_runtime() {
    std::mem::forget(holds(2002));
    // Long enough for a leftover thread to allocate in it, if there were one.
    thread::sleep(Duration::from_millis(20));
}

#[test]
fn c_1_leaves_a_thread() {
    peaks();
    thread::spawn(|| loop {
        drop(holds(70_000));
        thread::sleep(Duration::from_micros(50));
    });
}

#[test]
fn c_2_after_the_thread() {
    thread::sleep(Duration::from_millis(20));
    drop(holds(2003));
}

/// Its threads end while the test is being closed: nothing is left of them.
#[test]
fn d_shuts_its_runtime_down() {
    peaks();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async { tokio::spawn(async { drop(holds(10)) }).await.unwrap() });
}

#[test]
fn e_the_last() {
    std::mem::forget(holds(2004));
}
