use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc};

use worker_pool::Pool;

#[test]
fn jobs_behind_a_slow_one_are_done_too() {
    let done = Arc::new(AtomicUsize::new(0));
    let pool = Pool::default();
    let (start, started) = mpsc::channel::<()>();
    pool.run(move || {
        started.recv().ok();
    });
    for number in 0..300 {
        let done = Arc::clone(&done);
        let picture = [number as u8; 256];
        pool.run(move || {
            done.fetch_add(usize::from(picture.iter().all(|dot| *dot == picture[0])), Ordering::SeqCst);
        });
    }
    drop(start);
    drop(pool);
    assert_eq!(done.load(Ordering::SeqCst), 300);
}

#[test]
fn a_pool_without_jobs_ends() {
    drop(Pool::default());
}
