//! What a user of the engine relies on, in one process with the real allocator.

use leakgate_harness::profile::{Counts, Quality, Refused};
use leakgate_harness::{close, open, peek, Snapshot, Totals};
use std::alloc::{alloc, dealloc, realloc, Layout};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{mpsc, Barrier};

fn profiled<R>(f: impl FnOnce() -> R) -> (R, Snapshot) {
    /// A test that fails leaves no profile open to the next.
    struct Open;
    impl Drop for Open {
        fn drop(&mut self) {
            drop(close());
        }
    }
    open().unwrap();
    let opened = Open;
    let result = f();
    let snapshot = close().unwrap();
    std::mem::forget(opened);
    (result, snapshot)
}

fn totals(f: impl FnOnce()) -> Totals {
    profiled(f).1.totals()
}

fn points(snapshot: &Snapshot) -> Vec<(Counts, Vec<usize>)> {
    let mut points = Vec::new();
    snapshot.for_each(|counts, stack| points.push((*counts, stack.to_vec())));
    points
}

/// The functions of a stack, the outermost first.
fn functions(stack: &[usize]) -> Vec<String> {
    let mut names = Vec::new();
    for ret in stack {
        let mut inlined = Vec::new();
        backtrace::resolve((ret - 1) as *mut _, |symbol| inlined.extend(symbol.name().map(|name| format!("{name:#}"))));
        names.extend(inlined.into_iter().rev());
    }
    names
}

#[inline(never)]
fn block(size: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(size))
}

#[test]
fn nothing_allocated_is_an_empty_profile() {
    let ((), snapshot) = profiled(|| ());
    assert_eq!(snapshot.totals(), Totals::default());
    assert_eq!(snapshot.quality(), Quality::default());
    assert_eq!(points(&snapshot), []);
}

#[test]
fn an_empty_test_on_a_thread_of_its_own_is_hardly_noticed() {
    let seen = totals(|| std::thread::Builder::new().spawn(|| ()).unwrap().join().unwrap());
    assert!(seen.t_gmax_bytes <= 200, "{seen:?}");
    assert_eq!((seen.t_end_bytes, seen.t_end_blocks), (0, 0));
}

#[test]
fn counts_blocks_bytes_the_peak_and_what_is_left() {
    let (kept, snapshot) = profiled(|| {
        let (a, b) = (block(100), block(50));
        drop(a);
        let c = block(20);
        (b, c)
    });
    let expected =
        Totals { bytes: 170, blocks: 3, t_gmax_bytes: 150, t_gmax_blocks: 2, t_end_bytes: 70, t_end_blocks: 2 };
    assert_eq!(snapshot.totals(), expected);
    drop(kept);
}

#[test]
fn of_equal_peaks_the_last_one_counts() {
    let seen = totals(|| {
        drop((block(50), block(50)));
        drop(block(100));
    });
    assert_eq!((seen.t_gmax_bytes, seen.t_gmax_blocks), (100, 1));
}

#[test]
fn a_realloc_stays_on_its_site_and_counts_again_in_the_totals() {
    let ((), snapshot) = profiled(|| {
        let mut grown = block(10);
        grown.reserve_exact(30);
        grown.reserve_exact(4000);
        grown.shrink_to(5);
        drop(grown);
    });
    let seen: Vec<Counts> = points(&snapshot).into_iter().map(|(counts, _)| Counts { tl: 0, ..counts }).collect();
    let expected = Counts { tb: 4045, tbk: 4, tl: 0, mb: 4000, mbk: 1, gb: 4000, gbk: 1, eb: 0, ebk: 0 };
    assert_eq!(seen, [expected]);
}

#[test]
fn blocks_from_before_are_ignored_until_they_are_reallocated() {
    let (freed, mut grown, kept) = (block(100), block(100), block(100));
    let (grown, snapshot) = profiled(|| {
        drop(freed);
        grown.reserve_exact(300);
        grown
    });
    assert_eq!(
        snapshot.totals(),
        Totals { bytes: 300, blocks: 1, t_gmax_bytes: 300, t_gmax_blocks: 1, t_end_bytes: 300, t_end_blocks: 1 }
    );
    drop((grown, kept));
}

#[test]
fn a_block_of_an_earlier_profile_is_unknown_to_the_next() {
    let (kept, snapshot) = profiled(|| block(1000));
    drop(snapshot);
    let seen = totals(|| drop(kept));
    assert_eq!(seen, Totals::default());
    // Its address is used again: by no means the old block.
    let (again, snapshot) = profiled(|| block(1000));
    assert_eq!(snapshot.totals().t_end_bytes, 1000);
    drop(again);
}

#[test]
fn a_failed_allocation_counts_nothing_and_a_failed_realloc_changes_nothing() {
    let huge = isize::MAX as usize - 4096;
    let seen = totals(|| unsafe {
        assert!(black_box(alloc(Layout::from_size_align(huge, 8).unwrap())).is_null());
        let layout = Layout::from_size_align(64, 8).unwrap();
        let block = black_box(alloc(layout));
        assert!(black_box(realloc(block, layout, huge)).is_null());
        dealloc(block, layout);
    });
    assert_eq!(
        seen,
        Totals { bytes: 64, blocks: 1, t_gmax_bytes: 64, t_gmax_blocks: 1, t_end_bytes: 0, t_end_blocks: 0 }
    );
}

#[test]
fn one_profile_at_a_time() {
    open().unwrap();
    assert_eq!(open(), Err(Refused::InUse));
    let snapshot = close().unwrap();
    assert!(close().is_none());
    assert_eq!(open(), Err(Refused::InUse), "its snapshot is still there");
    drop(snapshot);
    open().unwrap();
    drop(close().unwrap());
}

/// The totals in a profile's text. Not to be asked for while the profile is open: it allocates.
fn totals_in(text: Vec<u8>) -> Totals {
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("profile now\n") && text.ends_with("\nend\n"), "{text}");
    let line = text.lines().find_map(|line| line.strip_prefix("totals ")).unwrap();
    let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
    let [bytes, blocks, t_gmax_bytes, t_gmax_blocks, t_end_bytes, t_end_blocks] = numbers[..] else { panic!("{line}") };
    Totals { bytes, blocks, t_gmax_bytes, t_gmax_blocks, t_end_bytes, t_end_blocks }
}

#[test]
fn an_open_profile_can_be_read_and_goes_on_as_if_it_had_not_been() {
    let mut seen = Vec::new();
    seen.reserve_exact(3);
    let now = || peek("now").unwrap();
    let (kept, snapshot) = profiled(|| {
        let a = block(100);
        seen.push(now());
        let b = block(50);
        drop(a);
        seen.push(now());
        let c = block(200);
        seen.push(now());
        (b, c)
    });
    let rising =
        Totals { bytes: 100, blocks: 1, t_gmax_bytes: 100, t_gmax_blocks: 1, t_end_bytes: 100, t_end_blocks: 1 };
    let fallen =
        Totals { bytes: 150, blocks: 2, t_gmax_bytes: 150, t_gmax_blocks: 2, t_end_bytes: 50, t_end_blocks: 1 };
    let risen_again =
        Totals { bytes: 350, blocks: 3, t_gmax_bytes: 250, t_gmax_blocks: 2, t_end_bytes: 250, t_end_blocks: 2 };
    assert_eq!(snapshot.totals(), risen_again, "what reading took did not count");
    assert_eq!(peek("closed"), None);
    assert_eq!(seen.into_iter().map(totals_in).collect::<Vec<_>>(), [rising, fallen, risen_again]);
    drop(kept);
}

#[test]
fn an_open_profile_is_read_whole_while_threads_allocate() {
    const THREADS: usize = 4;
    let stop = AtomicBool::new(false);
    let (peeks, snapshot) = profiled(|| {
        std::thread::scope(|scope| {
            for number in 1..=THREADS {
                let stop = &stop;
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let mut kept: Vec<_> = (1..50).map(|size| block(size * number)).collect();
                        kept.truncate(20);
                    }
                });
            }
            let peeks: Vec<Vec<u8>> = (0..200).map(|_| peek("now").unwrap()).collect();
            stop.store(true, Ordering::Relaxed);
            peeks
        })
    });
    let peeks: Vec<Totals> = peeks.into_iter().map(totals_in).collect();
    for pair in peeks.windows(2) {
        assert!(pair[0].bytes <= pair[1].bytes && pair[0].t_gmax_bytes <= pair[1].t_gmax_bytes, "{pair:?}");
        assert!(pair[1].t_end_bytes <= pair[1].t_gmax_bytes, "{pair:?}");
    }
    let last = peeks.last().unwrap();
    assert!(snapshot.totals().bytes >= last.bytes && snapshot.totals().t_gmax_bytes >= last.t_gmax_bytes);
}

#[test]
fn lifetimes_are_microseconds() {
    let (kept, snapshot) = profiled(|| {
        let kept = block(8);
        let start = std::time::Instant::now();
        while start.elapsed().as_millis() < 20 {
            std::hint::spin_loop();
        }
        kept
    });
    let tl = points(&snapshot)[0].0.tl;
    assert!((20_000..=u64::from(snapshot.duration())).contains(&tl), "{tl} of {}", snapshot.duration());
    drop(kept);
}

#[test]
fn what_a_threads_own_destructors_do_is_counted() {
    struct Last(Vec<u8>);
    impl Drop for Last {
        fn drop(&mut self) {
            drop(block(self.0.capacity() * 2));
        }
    }
    thread_local!(static LAST: RefCell<Option<Last>> = const { RefCell::new(None) });
    let seen = totals(|| {
        std::thread::spawn(|| LAST.with(|last| *last.borrow_mut() = Some(Last(block(10_000))))).join().unwrap();
    });
    assert!((30_000..31_000).contains(&seen.t_gmax_bytes), "{seen:?}");
    assert_eq!(seen.t_end_bytes, 0);
}

#[test]
fn the_peak_of_many_threads_is_exact() {
    const THREADS: usize = 6;
    let barrier = Barrier::new(THREADS + 1);
    let (opened, done) = (&barrier, &barrier);
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            scope.spawn(move || {
                opened.wait();
                // Ups and downs of its own, at any time against those of the others.
                for round in 0..2_000 {
                    drop(block(1 + (round * 37 + number * 11) % 900));
                }
                done.wait();
                // Together they now reach a height that is known, one after the other or at once.
                let held: Vec<u8> = block(100_000 + number);
                done.wait();
                drop(held);
                done.wait();
                drop(block(1000));
                done.wait();
                done.wait();
            });
        }
        open().unwrap();
        for _ in 0..5 {
            done.wait();
        }
        let snapshot = close().unwrap();
        let seen = snapshot.totals();
        assert_eq!((seen.t_gmax_bytes, seen.t_gmax_blocks), (600_015, 6));
        assert_eq!((seen.t_end_bytes, seen.t_end_blocks), (0, 0));
        assert_eq!(seen.blocks, (THREADS * 2_002) as u64);
        let at_peak: u64 = points(&snapshot).iter().map(|(counts, _)| counts.gb).sum();
        assert_eq!(at_peak, 600_015);
        done.wait();
    });
}

#[test]
fn blocks_freed_on_other_threads_leave_nothing_behind() {
    let seen = totals(|| {
        let (first, mut receiver) = mpsc::channel::<Vec<u8>>();
        let mut threads = Vec::new();
        for _ in 0..20 {
            let (sender, next) = mpsc::channel();
            let from = std::mem::replace(&mut receiver, next);
            threads.push(std::thread::spawn(move || {
                for mut message in from {
                    message.reserve_exact(message.capacity() + 1);
                    if message.capacity() % 3 > 0 {
                        sender.send(message).unwrap();
                    }
                }
            }));
        }
        threads.push(std::thread::spawn(move || receiver.into_iter().for_each(drop)));
        for size in 0..3_000 {
            first.send(block(1 + size % 500)).unwrap();
        }
        drop(first);
        for thread in threads {
            thread.join().unwrap();
        }
    });
    assert_eq!((seen.t_end_bytes, seen.t_end_blocks), (0, 0), "{seen:?}");
}

#[test]
fn a_thread_that_outlives_its_profile_is_safe_and_noticed() {
    let stop = AtomicBool::new(false);
    let rounds = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let ((), first) = profiled(|| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    drop((block(10), block(5_000)));
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            });
            while rounds.load(Ordering::Relaxed) < 100 {
                std::thread::yield_now();
            }
        });
        assert_eq!(first.quality().survivors, 0);
        // What was seen stays as it is, although the thread goes on.
        let seen = first.totals();
        let now = rounds.load(Ordering::Relaxed);
        while rounds.load(Ordering::Relaxed) < now + 1000 {
            std::thread::yield_now();
        }
        assert_eq!(first.totals(), seen);
        drop(first);
        // Opened and closed at every point of what the thread does.
        for _ in 0..20_000 {
            let _ = profiled(|| drop(block(20))).1.totals();
        }
        open().unwrap();
        let now = rounds.load(Ordering::Relaxed);
        while rounds.load(Ordering::Relaxed) < now + 10 {
            std::thread::yield_now();
        }
        assert_eq!(close().unwrap().quality().survivors, 1);
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_forked_child_neither_hangs_nor_writes() {
    extern "C" {
        fn fork() -> i32;
        fn waitpid(child: i32, status: *mut i32, options: i32) -> i32;
        fn _exit(status: i32) -> !;
        fn alarm(seconds: u32) -> u32;
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        open().unwrap();
        for _ in 0..2 {
            // Holds its lane's lock most of the time.
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    drop(block(10));
                }
            });
        }
        for _ in 0..200 {
            let child = unsafe { fork() };
            if child == 0 {
                unsafe { alarm(20) };
                drop((block(10), block(100)));
                unsafe { _exit(i32::from(close().is_some())) };
            }
            let mut status = -1;
            assert_eq!(unsafe { waitpid(child, &mut status, 0) }, child);
            assert_eq!(status, 0);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(close().unwrap().quality().lost, 0);
}

/// A random walk through a tree of calls that allocates at its nodes: each path must come out as a site of its own.
struct Walk {
    random: u64,
    path: u64,
    counts: HashMap<u64, u64>,
    steps: usize,
}

impl Walk {
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 20) % limit
    }

    #[inline(never)]
    fn node(&mut self, depth: u32) {
        while self.steps > 0 {
            self.steps -= 1;
            match self.below(8) {
                0 | 1 if depth > 0 => return,
                2 | 3 if depth < 12 => self.descend(0, Walk::branch_a, depth),
                4 | 5 if depth < 12 => self.descend(1, Walk::branch_b, depth),
                _ => {
                    *self.counts.entry(self.path).or_default() += 1;
                    drop(block(1));
                }
            }
        }
    }

    #[inline(always)]
    fn descend(&mut self, turn: u64, branch: fn(&mut Walk, u32), depth: u32) {
        let path = self.path;
        self.path = path << 1 | turn;
        branch(self, depth + 1);
        self.path = path;
    }

    #[inline(never)]
    fn branch_a(&mut self, depth: u32) {
        self.node(depth);
        black_box(());
    }

    #[inline(never)]
    fn branch_b(&mut self, depth: u32) {
        let frame_of_another_size = black_box([depth; 30]);
        self.node(depth);
        black_box(frame_of_another_size);
    }
}

#[test]
fn each_path_is_a_site_of_its_own() {
    let mut walk = Walk { random: 42, path: 1, counts: HashMap::with_capacity(100_000), steps: 20_000 };
    let ((), snapshot) = profiled(|| {
        while walk.steps > 0 {
            walk.node(0);
        }
    });
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    let mut names: HashMap<usize, Vec<String>> = HashMap::new();
    for (counts, stack) in points(&snapshot) {
        let mut path = 1;
        for ret in stack {
            for name in names.entry(ret).or_insert_with(|| functions(&[ret])) {
                path = match name {
                    name if name.contains("branch_a") => path << 1,
                    name if name.contains("branch_b") => path << 1 | 1,
                    _ => path,
                };
            }
        }
        *seen.entry(path).or_default() += counts.tbk;
    }
    assert!(seen.len() > 100, "{seen:?}");
    assert_eq!(seen, walk.counts.into_iter().collect());
    assert_eq!(Quality { stacks: 0, ..snapshot.quality() }, Quality { threads: 1, ..Quality::default() });
}

#[test]
fn a_stack_names_the_callers() {
    let (_, snapshot) = profiled(|| drop(block(1)));
    let names = functions(&points(&snapshot)[0].1);
    let at =
        |name: &str| names.iter().position(|function| function.contains(name)).unwrap_or_else(|| panic!("{names:#?}"));
    assert!(at("a_stack_names_the_callers") < at("engine::profiled"), "{names:#?}");
    assert!(at("engine::profiled") < at("engine::block"), "{names:#?}");
}

#[inline(never)]
fn recurse(levels: usize) {
    if levels == 0 {
        drop(block(1));
    } else {
        recurse(levels - 1);
    }
    black_box(levels);
}

#[test]
fn of_a_very_deep_stack_the_inner_frames_are_kept_whatever_came_before() {
    let ((), snapshot) = profiled(|| {
        for levels in [1_000, 3, 1_000, 998, 300, 1_000] {
            recurse(levels);
        }
    });
    let quality = snapshot.quality();
    assert_eq!((quality.stacks, quality.limited), (6, 5));
    let mut seen: Vec<(u64, bool)> =
        points(&snapshot).into_iter().map(|(counts, stack)| (counts.tbk, stack.len() == 256)).collect();
    seen.sort_unstable();
    // All that are too deep end in the same 256 frames.
    assert_eq!(seen, [(1, false), (5, true)]);
}

#[cfg(target_arch = "x86_64")]
mod broken_chains {
    use super::*;

    extern "C" fn allocate() {
        drop(block(77));
    }

    /// Call `allocate` with any value in the frame pointer.
    #[inline(never)]
    fn call_with_frame_pointer(value: usize) {
        unsafe {
            std::arch::asm!(
                "push rbp",
                "sub rsp, 8",
                "mov rbp, {value}",
                "call {allocate}",
                "add rsp, 8",
                "pop rbp",
                value = in(reg) value,
                allocate = sym allocate,
                clobber_abi("C"),
            );
        }
    }

    #[test]
    fn are_cut_cleanly_and_said() {
        let local = 0_usize;
        let here = &local as *const usize as usize;
        let data = Box::new([0_usize; 4]);
        let values = [0, 1, 8, usize::MAX, usize::MAX - 15, here, here + 3, here - 100_000, data.as_ptr() as usize];
        for value in values {
            let ((), snapshot) = profiled(|| {
                drop(block(5));
                call_with_frame_pointer(value);
                drop(block(5));
            });
            let totals = snapshot.totals();
            assert_eq!((totals.bytes, totals.t_gmax_bytes, totals.t_end_bytes), (87, 77, 0), "{value:x}");
            let cut = points(&snapshot).into_iter().find(|(counts, _)| counts.tb == 77).unwrap().1;
            let names = functions(&cut);
            assert!(names.iter().any(|name| name.contains("broken_chains::allocate")), "{value:x} {names:#?}");
            if value != here {
                assert_eq!(snapshot.quality().cut, 1, "{value:x}");
                assert!(names.len() < 20, "{value:x} {names:#?}");
            }
        }
    }

    #[test]
    fn a_foreign_stack_gives_one_frame() {
        let mut stack = vec![0_u128; 4096];
        let top = unsafe { stack.as_mut_ptr().add(4096) } as usize;
        let ((), snapshot) = profiled(|| unsafe {
            std::arch::asm!(
                "mov r12, rsp",
                "mov rsp, {top}",
                "call {allocate}",
                "mov rsp, r12",
                top = in(reg) top,
                allocate = sym allocate,
                out("r12") _,
                clobber_abi("C"),
            );
        });
        let points = points(&snapshot);
        assert_eq!(points.len(), 1);
        assert_eq!((points[0].0.tb, points[0].1.len(), snapshot.quality().cut), (77, 1, 1));
    }
}

#[test]
fn the_raw_format_says_all_of_it() {
    let (kept, snapshot) = profiled(|| {
        let kept = block(300);
        drop(block(200));
        kept
    });
    let mut bytes = Vec::new();
    leakgate_harness::write_header(&mut bytes).unwrap();
    leakgate_harness::write_modules(&mut bytes).unwrap();
    snapshot.write("tests::of\nmine 1", &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let process = format!("process {} {} {}", std::process::id(), std::env::consts::ARCH, std::env::consts::OS);
    assert_eq!(lines[..2], ["leakgate-heap 1", process.as_str()]);
    let modules: usize = lines[2].strip_prefix("modules ").unwrap().parse().unwrap();
    let code = block as *const () as usize;
    let own = lines[3..3 + modules].iter().find(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| usize::from_str_radix(words[at], 16).unwrap();
        words[0] == "module" && number(2) <= code && code < number(3)
    });
    let own: Vec<&str> = own.unwrap().splitn(6, ' ').collect();
    assert_eq!(std::path::Path::new(own[5]), std::env::current_exe().unwrap());
    if cfg!(target_os = "linux") {
        assert_eq!(own[4].len(), 40, "a build id");
    }
    let profile = &lines[3 + modules..];
    let sites: Vec<Vec<&str>> = profile[6..profile.len() - 1].iter().map(|line| line.split(' ').collect()).collect();
    let times = format!("time {} {}", snapshot.time_of_peak(), snapshot.duration());
    let head = [
        "profile tests::of?mine 1",
        times.as_str(),
        "totals 500 2 500 2 300 1",
        "stacks 2 0 0",
        "threads 1 0",
        "lost 0",
    ];
    assert_eq!(profile[..6], head);
    assert_eq!(profile.last(), Some(&"end"));
    assert_eq!(sites.len(), 2);
    // The first stack is written whole, the second as its difference: they part inside this test's closure.
    let (first, second) = (&sites[0], &sites[1]);
    assert_eq!(
        (first[1..3].to_vec(), first[4..11].to_vec()),
        (vec!["300", "1"], vec!["300", "1", "300", "1", "300", "1", "0"])
    );
    assert_eq!(
        (second[1..3].to_vec(), second[4..10].to_vec()),
        (vec!["200", "1"], vec!["200", "1", "200", "1", "0", "0"])
    );
    let shared: usize = second[10].parse().unwrap();
    assert_eq!(shared + second.len() - 11, first.len() - 11);
    let stacks = points(&snapshot);
    let rebuilt: Vec<usize> = first[11..11 + shared]
        .iter()
        .chain(&second[11..])
        .map(|word| usize::from_str_radix(word, 16).unwrap())
        .collect();
    assert_eq!(rebuilt, stacks[1].1);
    drop(kept);
}
