//! A random program that does the same under any allocator, and the table in which two profilers are compared.

use std::alloc::{alloc, alloc_zeroed, dealloc, realloc, Layout};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;

/// What a run of the program does.
#[derive(Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub threads: usize,
    pub steps: usize,
}

impl Plan {
    /// Seed, threads and steps, as the command line has them.
    pub fn from_args() -> Self {
        let numbers: Vec<u64> = std::env::args().skip(1).map(|arg| arg.parse().expect("a number")).collect();
        Plan { seed: numbers[0], threads: numbers[1] as usize, steps: numbers[2] as usize }
    }
}

struct Random {
    state: u64,
    aligns: &'static [usize],
}

/// For any other alignment `System` may serve a realloc by a new block and a copy, which is all that Valgrind sees.
const SMALLEST_ALIGN: &[usize] = &[1];
const ALL_ALIGNS: &[usize] = &[1, 8, 16, 16, 64, 4096];

impl Random {
    fn new(seed: u64, aligns: &'static [usize]) -> Self {
        Random { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, aligns }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 16) as usize % limit
    }

    fn size(&mut self) -> usize {
        match self.below(20) {
            0 => 1 + self.below(200_000),
            1..=5 => 1 + self.below(5_000),
            _ => 1 + self.below(100),
        }
    }

    fn layout(&mut self) -> Layout {
        let align = self.aligns[self.below(self.aligns.len())];
        Layout::from_size_align(self.size(), align).unwrap()
    }
}

/// Functions whose names tell program points apart, whatever else is on the stack.
macro_rules! sites {
    ($($name:ident)*) => {
        $(#[inline(never)]
        fn $name(zeroed: bool, layout: Layout) -> *mut u8 {
            let block = if zeroed { unsafe { alloc_zeroed(layout) } } else { unsafe { alloc(layout) } };
            black_box(block)
        })*
        const SITES: &[fn(bool, Layout) -> *mut u8] = &[$($name),*];
    };
}
sites! { site_a site_b site_c site_d site_e }

#[inline(never)]
fn site_realloc(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    black_box(unsafe { realloc(block, layout, size) })
}

#[inline(never)]
fn deeper<R>(levels: usize, f: &mut dyn FnMut() -> R) -> R {
    let result = if levels == 0 { f() } else { deeper(levels - 1, f) };
    black_box(&levels);
    result
}

type Slot = Option<(usize, Layout)>;

/// One step, at a place of the heap that is chosen at random.
fn step(random: &mut Random, slots: &mut [Slot]) {
    let slot = random.below(slots.len());
    let levels = random.below(30);
    match slots[slot].take() {
        None => {
            let (site, zeroed, layout) = (SITES[random.below(SITES.len())], random.below(3) == 0, random.layout());
            let block = deeper(levels, &mut || site(zeroed, layout));
            if zeroed {
                assert!(unsafe { std::slice::from_raw_parts(block, layout.size()) }.iter().all(|byte| *byte == 0));
            }
            unsafe { block.write_bytes(0xA5, layout.size()) };
            slots[slot] = Some((block as usize, layout));
        }
        Some((block, layout)) if random.below(2) == 0 => unsafe { dealloc(block as *mut u8, layout) },
        Some((block, layout)) => {
            let size = random.size();
            let moved = deeper(levels, &mut || site_realloc(block as *mut u8, layout, size));
            let kept = unsafe { std::slice::from_raw_parts(moved, layout.size().min(size)) };
            assert!(kept.iter().all(|byte| *byte == 0xA5));
            unsafe { moved.write_bytes(0xA5, size) };
            slots[slot] = Some((moved as usize, Layout::from_size_align(size, layout.align()).unwrap()));
        }
    }
}

/// Do what the plan says between `open` and `close`. The threads take turns, so that the order is the plan's; they are
/// there before and after, and nothing but the steps allocates in between.
pub fn run<P, R>(plan: Plan, open: impl FnOnce() -> P, close: impl FnOnce(P) -> R) -> R {
    let mut random = Random::new(plan.seed, ALL_ALIGNS);
    let mut slots: Vec<Slot> = vec![None; 60];
    // Blocks from before the profile: some are freed in it, some grow in it, some stay.
    for _ in 0..40 {
        step(&mut random, &mut slots);
    }
    let shared = Mutex::new((random, slots));
    let (turn, go) = (AtomicUsize::new(0), AtomicBool::new(false));
    let ready = AtomicUsize::new(0);
    let result = std::thread::scope(|scope| {
        for number in 0..plan.threads {
            let (shared, turn, go, ready) = (&shared, &turn, &go, &ready);
            scope.spawn(move || {
                ready.fetch_add(1, Ordering::SeqCst);
                while !go.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                for at in (number..plan.steps).step_by(plan.threads) {
                    while turn.load(Ordering::SeqCst) != at {
                        std::thread::yield_now();
                    }
                    let mut guard = shared.lock().unwrap();
                    let (random, slots) = &mut *guard;
                    step(random, slots);
                    drop(guard);
                    turn.store(at + 1, Ordering::SeqCst);
                }
                // Stay until the profile is closed: a thread's end frees what its start allocated.
                while go.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
            });
        }
        while ready.load(Ordering::SeqCst) < plan.threads {
            std::thread::yield_now();
        }
        let profile = open();
        go.store(true, Ordering::SeqCst);
        while turn.load(Ordering::SeqCst) < plan.steps {
            std::thread::yield_now();
        }
        let result = close(profile);
        go.store(false, Ordering::SeqCst);
        result
    });
    for (block, layout) in shared.into_inner().unwrap().1.into_iter().flatten() {
        unsafe { dealloc(block as *mut u8, layout) };
    }
    result
}

/// Steps in one thread from an empty heap, of which the last blocks stay: what a profiler of whole processes can see too.
pub fn alone(seed: u64, steps: usize) {
    let mut random = Random::new(seed, SMALLEST_ALIGN);
    let mut slots: Vec<Slot> = vec![None; 60];
    for _ in 0..steps {
        step(&mut random, &mut slots);
    }
}

/// The counts that are compared: tb, tbk, gb, gbk, eb, ebk, mb, mbk.
pub type Row = [u64; 8];

/// What a profiler saw, by site and depth.
#[derive(Default)]
pub struct Table {
    rows: BTreeMap<(String, usize), Row>,
    total: Row,
}

impl Table {
    /// Add a program point with the functions of its stack. The maxima of one that several threads share are no exact
    /// figures in leakgate: they are left out then.
    pub fn add<'a>(&mut self, plan: Plan, functions: impl Iterator<Item = &'a str>, mut row: Row) {
        if plan.threads > 1 {
            row[6..].fill(0);
        }
        let (mut site, mut depth) = (String::from("elsewhere"), 0);
        for function in functions {
            if let Some(at) = function.find("engine::site_") {
                let name = &function[at + "engine::".len()..];
                site = name.split(|c: char| c != '_' && !c.is_ascii_lowercase()).next().unwrap_or(name).to_owned();
            }
            depth += usize::from(function.contains("engine::deeper"));
        }
        for sums in [&mut self.total, self.rows.entry((site, depth)).or_default()] {
            for (sum, count) in sums.iter_mut().zip(row) {
                *sum += count;
            }
        }
    }

    /// One line a site of the program's own, without the maxima.
    pub fn sites(&self) -> String {
        let mut text = String::new();
        for ((site, depth), row) in self.rows.iter().filter(|((site, _), _)| site.starts_with("site_")) {
            writeln!(text, "{site} under {depth} {:?}", &row[..6]).unwrap();
        }
        text
    }

    /// One line a site.
    pub fn text(&self) -> String {
        let mut text = format!("total {:?}\n", self.total);
        for ((site, depth), row) in &self.rows {
            writeln!(text, "{site} under {depth} {row:?}").unwrap();
        }
        text
    }
}
