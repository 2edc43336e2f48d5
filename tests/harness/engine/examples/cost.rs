//! What an allocation and its free cost while a profile is open: `cargo run --release --example cost`.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

/// Measures nanoseconds, given a depth.
type Figure = fn(u32) -> f64;

const PAIRS: u32 = 1_000_000;

#[inline(never)]
fn at_depth<R>(depth: u32, f: &mut dyn FnMut() -> R) -> R {
    let result = if depth == 0 { f() } else { at_depth(depth - 1, f) };
    black_box(&result);
    result
}

/// Nanoseconds a pair.
fn pairs(depth: u32) -> f64 {
    at_depth(depth, &mut || {
        let start = Instant::now();
        for i in 0..PAIRS {
            drop(black_box(Box::new(black_box(i))));
        }
        start.elapsed().as_nanos() as f64 / f64::from(PAIRS)
    })
}

/// The same, with a stack whose last four frames are new each time.
fn varied_pairs(depth: u32) -> f64 {
    at_depth(depth, &mut || {
        let start = Instant::now();
        for i in 0..PAIRS / 2 {
            at_depth(4, &mut || drop(black_box(Box::new(black_box(i)))));
            at_depth(6, &mut || drop(black_box(Box::new(black_box(i)))));
        }
        start.elapsed().as_nanos() as f64 / f64::from(PAIRS)
    })
}

/// A vector of boxes that grows and is dropped: each block is a new peak.
fn growth(depth: u32) -> f64 {
    at_depth(depth, &mut || {
        let count = 200_000_u32;
        let mut kept = Vec::with_capacity(count as usize);
        let start = Instant::now();
        for i in 0..count {
            kept.push(Box::new(black_box(i)));
        }
        drop(black_box(kept));
        start.elapsed().as_nanos() as f64 / f64::from(count)
    })
}

fn best(f: impl Fn() -> f64) -> f64 {
    (0..5).map(|_| f()).fold(f64::INFINITY, f64::min)
}

fn measured(f: impl Fn() -> f64) -> f64 {
    best(|| {
        leakgate_harness::open().unwrap();
        let time = f();
        drop(leakgate_harness::close());
        time
    })
}

/// The calling thread's own time on a processor, in nanoseconds.
fn processor_time() -> f64 {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    extern "C" {
        fn clock_gettime(clock: i32, time: *mut Time) -> i32;
    }
    let clock = if cfg!(target_os = "macos") { 16 } else { 3 }; // CLOCK_THREAD_CPUTIME_ID
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(clock, &mut time) };
    time.seconds as f64 * 1e9 + time.nanoseconds as f64
}

/// Run the work in each of so many threads at once: the time from the first start to the last end, and the longest time
/// on a processor, which other programs on the machine disturb less.
fn in_threads(threads: usize, work: impl Fn() + Sync) -> [f64; 2] {
    let barrier = Barrier::new(threads);
    let times: Vec<(Instant, Instant, f64)> = std::thread::scope(|scope| {
        let run = || {
            barrier.wait();
            let (start, used) = (Instant::now(), processor_time());
            work();
            (start, Instant::now(), processor_time() - used)
        };
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    let first = times.iter().map(|t| t.0).min().unwrap();
    let last = times.iter().map(|t| t.1).max().unwrap();
    [(last - first).as_nanos() as f64, times.iter().map(|t| t.2).fold(0.0, f64::max)]
}

/// 2.00: two threads get twice as much done as one.
fn scaling(is_profiled: bool, clock: usize, work: fn()) -> f64 {
    let time = |threads| {
        let run = || in_threads(threads, work)[clock];
        if is_profiled {
            measured(run)
        } else {
            best(run)
        }
    };
    2.0 * time(1) / time(2)
}

fn main() {
    println!("{:<34}{:>10}{:>10}{:>10}", "ns a block", "plain", "profiled", "over");
    let figures: [(&str, Figure); 3] = [("pairs", pairs), ("varied pairs", varied_pairs), ("growth", growth)];
    for (name, work) in figures {
        for depth in [10, 45, 100] {
            let plain = best(|| work(depth));
            let profiled = measured(|| work(depth));
            println!(
                "{:<34}{plain:>10.1}{profiled:>10.1}{:>10.1}",
                format!("{name} at depth {depth}"),
                profiled - plain
            );
        }
    }
    println!("\n{:<34}{:>20}{:>24}", "2 threads / 1, throughput", "by the clock", "by processor time");
    println!("{:<34}{:>10}{:>10}{:>14}{:>10}", "", "plain", "profiled", "plain", "profiled");
    let works: [(&str, fn()); 4] = [
        ("pairs", || {
            black_box(pairs(20));
        }),
        ("a vector of 1,000 boxes", || {
            for _ in 0..1000 {
                drop(black_box((0..1000).map(Box::new).collect::<Vec<_>>()));
            }
        }),
        ("growth", || {
            black_box(growth(20));
        }),
        ("growth, a temporary with each", || {
            let mut kept = Vec::with_capacity(100_000);
            for i in 0..100_000_u32 {
                kept.push(Box::new(i));
                drop(black_box(Box::new(u64::from(i))));
            }
            drop(black_box(kept));
        }),
    ];
    for (name, work) in works {
        let [plain, profiled, plain_used, profiled_used] = [(false, 0), (true, 0), (false, 1), (true, 1)]
            .map(|(is_profiled, clock)| scaling(is_profiled, clock, work));
        println!("{name:<34}{plain:>10.2}{profiled:>10.2}{plain_used:>14.2}{profiled_used:>10.2}");
    }
    let start = Instant::now();
    for _ in 0..10_000 {
        leakgate_harness::open().unwrap();
        drop(black_box(Box::new(1)));
        drop(leakgate_harness::close());
    }
    println!("\nopen, one block, close: {:.0} ns", start.elapsed().as_nanos() as f64 / 10_000.0);
}
