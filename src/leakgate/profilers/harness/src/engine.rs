//! What happens at each event while a profile is open.
//!
//! **Lanes.** A thread gets the next of `LANES` lanes at its first allocation in a profile and writes there only. A block
//! belongs to the lane that allocated it; whoever frees it, the lane's counts change. So single-threaded tests know one
//! lane and one lock that nobody else wants.
//!
//! **The peak, exactly, without a shared counter.** Let M be the highest total so far. Each lane has *slack*: bytes it may
//! allocate without asking. Unless the heap is rising,
//!
//! > sum of the lanes' live bytes + sum of their slack = M
//!
//! An allocation takes from its lane's slack, a free gives to it. While no slack is used up the total is below M, so no new
//! peak can have happened unseen. Where a lane's slack does not suffice, all lanes in use are locked, in order, and the
//! slack of the others is taken. If there is not enough of that, the heap *rises*: until the next free, wherever it is,
//! each allocation is part of a new peak and nobody needs to ask. That free locks all lanes once more: what is live then,
//! before it, is the peak.
//!
//! Equal peaks: dhat-rs takes the last of several. While one lane is in use, so does this. With several lanes the first
//! counts: otherwise each event that merely comes back up to M would have to lock them all.
//!
//! **Locks** are taken in the order of the lanes. Lane 0's lock also guards `Shared` and is needed to start lanes.

use crate::lane::{Guard, Lane, State};
use crate::live::Block;
use crate::stack::{Here, Limits};
use crate::{code, sys};
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, AtomicU8, AtomicUsize, Ordering};

/// More threads than this share lanes, which costs waiting but no exactness.
pub const LANES: usize = 16;

/// What lane 0's lock guards besides lane 0.
#[derive(Clone, Copy, Default)]
pub struct Shared {
    /// When the profile was opened, in µs of `sys::now`.
    pub opened: u64,
    /// The highest total: M.
    pub max_bytes: u64,
    /// Blocks live then.
    pub max_blocks: u64,
    /// When, in µs since the profile was opened.
    pub max_time: u32,
    /// Threads that have allocated.
    pub threads: u32,
    /// Those of them that have allocated in an earlier profile already, the one that opened this one apart.
    pub survivors: u32,
}

impl Shared {
    /// How long the profile has been open, in µs.
    fn age(&self) -> u32 {
        sys::now().saturating_sub(self.opened).min(u64::from(u32::MAX)) as u32
    }
}

struct Engine {
    lanes: [Lane; LANES],
    shared: UnsafeCell<Shared>,
}

// SAFETY: `shared` is only reached through `shared()`, which asks for lane 0's guard.
unsafe impl Sync for Engine {}

#[allow(clippy::declare_interior_mutable_const)]
const LANE: Lane = Lane::new();
static ENGINE: Engine = Engine {
    lanes: [LANE; LANES],
    shared: UnsafeCell::new(Shared { opened: 0, max_bytes: 0, max_blocks: 0, max_time: 0, threads: 0, survivors: 0 }),
};

/// The number of the open profile; 0: none is open.
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// How many lanes are in use, the first ones. Changes only under lane 0's lock while a profile is open.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);
/// Which lane has last allocated near an address: only where to look first.
static HINTS: [AtomicU8; HINT_COUNT] = [NO_HINT; HINT_COUNT];
const HINT_COUNT: usize = 4096;
#[allow(clippy::declare_interior_mutable_const)]
const NO_HINT: AtomicU8 = AtomicU8::new(0);

/// What the engine keeps of a thread. Plain values without a destructor: usable while the thread's others run.
struct Thread {
    /// In the engine already, so this is a signal handler that allocates: leave it out, its lock may be held.
    busy: Cell<bool>,
    /// The profile in which it has last allocated, and its lane there.
    generation: Cell<u32>,
    lane: Cell<u32>,
    /// The profile that it has opened.
    opened: Cell<u32>,
    /// It allocates for someone else than the test now: see `leave_out`.
    left_out: Cell<bool>,
    low: Cell<usize>,
    high: Cell<usize>,
    /// The outermost frame that any of its stacks has reached.
    base: Cell<usize>,
}

thread_local! {
    static THREAD: Thread = const {
        Thread {
            busy: Cell::new(false),
            generation: Cell::new(0),
            lane: Cell::new(0),
            opened: Cell::new(0),
            left_out: Cell::new(false),
            low: Cell::new(0),
            high: Cell::new(0),
            base: Cell::new(0),
        }
    };
}

/// The number of the open profile, or 0.
#[inline(always)]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Acquire)
}

/// What lane 0 guards.
#[inline(always)]
#[allow(clippy::mut_from_ref)]
fn shared<'a>(first: &'a mut Guard<'_>) -> &'a mut Shared {
    debug_assert!(first.is_of(&ENGINE.lanes[0]));
    // SAFETY: whoever has lane 0's guard is the only one here, and the result borrows the guard mutably.
    unsafe { &mut *ENGINE.shared.get() }
}

#[inline(always)]
fn hint(address: usize) -> &'static AtomicU8 {
    // Spread: glibc gives threads heaps of their own at multiples of 64 MB.
    let region = (address as u64 >> 16).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52;
    &HINTS[region as usize % HINT_COUNT]
}

/// The right to work in the engine, which a thread has once at a time.
struct Inside(&'static Thread);

/// None if this thread is in the engine already.
#[inline(always)]
fn enter() -> Option<Inside> {
    let thread: *const Thread = THREAD.with(|thread| thread as *const Thread);
    // SAFETY: the record has no destructor, so it is there as long as its thread runs. The reference does not leave the
    // thread: it is not `Send`, and `Inside` is only kept on this module's stack.
    let thread = unsafe { &*thread };
    if thread.busy.replace(true) {
        return None;
    }
    Some(Inside(thread))
}

impl Drop for Inside {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.busy.set(false);
    }
}

/// A block is new.
#[inline(never)]
pub fn on_alloc(generation: u32, address: usize, size: usize, here: Here) {
    let thread = match enter() {
        Some(inside) => inside,
        None => return,
    };
    let thread = thread.0;
    if thread.generation.get() != generation && !join(thread, generation) {
        return;
    }
    let number = thread.lane.get() as usize;
    let mut guard = ENGINE.lanes[number].lock();
    let lane = &mut *guard;
    if lane.generation != generation {
        return;
    }
    lane.live.prefetch(address);
    lane.stack.take(here, Limits { low: thread.low.get(), high: thread.high.get() });
    let outermost = lane.stack.outermost();
    if lane.stack.limited {
        lane.limited += 1;
    } else if outermost < thread.base.get() || outermost == 0 {
        lane.cut += 1;
    } else {
        thread.base.set(outermost);
    }
    lane.stacks += 1;
    let hint = hint(address);
    if hint.load(Ordering::Relaxed) != number as u8 {
        hint.store(number as u8, Ordering::Relaxed);
    }
    let site = match lane.sites.find_or_add(&lane.stack) {
        Ok(site) => site,
        Err(_) => {
            lane.lost += 1;
            return;
        }
    };
    let time = lane.time();
    if lane.live.insert(address, Block { site, time }).is_err() {
        lane.lost += 1;
        return;
    }
    grow(guard, number, generation, size as u64, time, |lane| {
        lane.sites.get(site).alloc(lane.epoch, size as u64);
        lane.bytes += size as u64;
        lane.blocks += 1;
    });
}

/// Let `change` add `size` bytes to a lane, at `time`.
#[inline(always)]
fn grow(mut lane: Guard<'_>, number: usize, generation: u32, size: u64, time: u32, change: impl FnOnce(&mut State)) {
    let is_covered = if lane.shared { size <= lane.slack } else { size < lane.slack };
    if lane.rising {
        lane.risen = time;
    } else if is_covered {
        lane.slack -= size;
    } else if lane.shared {
        drop(lane);
        return grow_all(number, generation, size, time, change);
    } else {
        lane.slack = 0;
        lane.rising = true;
        lane.risen = time;
    }
    change(&mut lane);
}

/// The same where all lanes must be asked for slack.
#[cold]
#[inline(never)]
fn grow_all(number: usize, generation: u32, size: u64, time: u32, change: impl FnOnce(&mut State)) {
    let mut all = All::lock();
    let lanes = all.lanes();
    // Closed meanwhile; and if another has been opened, this lane may not be in use in it.
    if !lanes.get(number).map_or(false, |lane| lane.generation == generation) {
        return;
    }
    if !lanes[number].rising {
        // First half of what each other lane has, so that lanes at rest hold ever less; then the rest if need be.
        let mut got = lanes[number].slack;
        for keep_half in &[true, false] {
            if got >= size {
                break;
            }
            for (_, other) in lanes.iter_mut().enumerate().filter(|(i, _)| *i != number) {
                let kept = if *keep_half { other.slack / 2 } else { 0 };
                got += other.slack - kept;
                other.slack = kept;
            }
        }
        if size <= got {
            lanes[number].slack = got - size;
        } else {
            for lane in lanes.iter_mut() {
                lane.slack = 0;
                lane.rising = true;
            }
        }
    }
    lanes[number].risen = time;
    change(&mut lanes[number]);
}

/// Let `change` take `size` bytes from a lane.
#[inline(always)]
fn shrink(mut lane: Guard<'_>, number: usize, generation: u32, size: u64, change: impl FnOnce(&mut State)) {
    if lane.rising {
        if lane.shared {
            drop(lane);
            return shrink_all(number, generation, size, change);
        }
        end_rise(std::slice::from_mut(&mut lane));
    }
    lane.slack += size;
    change(&mut lane);
}

/// The same at the end of a rise.
#[cold]
#[inline(never)]
fn shrink_all(number: usize, generation: u32, size: u64, change: impl FnOnce(&mut State)) {
    let mut all = All::lock();
    let lanes = all.lanes();
    // Closed meanwhile; and if another has been opened, this lane may not be in use in it.
    if !lanes.get(number).map_or(false, |lane| lane.generation == generation) {
        return;
    }
    end_rise(lanes);
    lanes[number].slack += size;
    change(&mut lanes[number]);
}

/// If the heap has been rising above its last peak, this is the new one. `lanes` are all that are in use.
fn end_rise(lanes: &mut [Guard<'_>]) {
    if !lanes[0].rising {
        return;
    }
    let mut peak = Shared::default();
    for lane in lanes.iter_mut() {
        lane.rising = false;
        lane.epoch += 1;
        peak.max_bytes += lane.bytes;
        peak.max_blocks += lane.blocks;
        peak.max_time = peak.max_time.max(lane.risen);
    }
    let shared = shared(&mut lanes[0]);
    *shared = Shared { opened: shared.opened, threads: shared.threads, survivors: shared.survivors, ..peak };
}

/// A block goes. One that this profile does not know is ignored.
#[inline(never)]
pub fn on_free(generation: u32, address: usize, size: usize) {
    let _inside = match enter() {
        Some(inside) => inside,
        None => return,
    };
    if let Some((mut lane, number, block)) = remove(generation, address) {
        let time = lane.time();
        shrink(lane, number, generation, size as u64, |lane| {
            lane.sites.get(block.site).free(lane.epoch, size as u64);
            lane.sites.lived(block.site, time.saturating_sub(block.time));
            lane.bytes -= size as u64;
            lane.blocks -= 1;
        });
    }
}

/// Take a block out of its lane's table, wherever it is. The lane is still locked.
#[inline(always)]
fn remove(generation: u32, address: usize) -> Option<(Guard<'static>, usize, Block)> {
    let number = usize::from(hint(address).load(Ordering::Relaxed)) % LANES;
    let mut lane = ENGINE.lanes[number].lock();
    if lane.generation == generation {
        if let Some(block) = lane.live.remove(address) {
            return Some((lane, number, block));
        }
    }
    drop(lane);
    remove_elsewhere(generation, address, number)
}

#[cold]
#[inline(never)]
fn remove_elsewhere(generation: u32, address: usize, but: usize) -> Option<(Guard<'static>, usize, Block)> {
    for number in (0..ACTIVE.load(Ordering::Acquire)).filter(|number| *number != but) {
        let mut lane = ENGINE.lanes[number].lock();
        if lane.generation == generation {
            if let Some(block) = lane.live.remove(address) {
                return Some((lane, number, block));
            }
        }
    }
    None
}

/// A block on its way through `realloc`. Its bytes still count where it was.
pub struct Taken {
    lane: usize,
    block: Block,
}

/// Take a block out of the table before it is reallocated. None: this profile does not know it.
#[inline(never)]
pub fn take(generation: u32, address: usize) -> Option<Taken> {
    let _inside = enter()?;
    remove(generation, address).map(|(_, lane, block)| Taken { lane, block })
}

/// The reallocation failed: the block is what it was.
#[cold]
pub fn put_back(generation: u32, address: usize, taken: Taken) {
    let _inside = enter();
    let mut lane = ENGINE.lanes[taken.lane].lock();
    if lane.generation == generation && lane.live.insert(address, taken.block).is_err() {
        lane.lost += 1;
    }
}

/// A block has moved or grown or shrunk. It stays on its site; the totals count it again.
#[inline(never)]
pub fn on_realloc(generation: u32, address: usize, old: usize, new: usize, taken: Taken) {
    let _inside = enter();
    let mut guard = ENGINE.lanes[taken.lane].lock();
    let lane = &mut *guard;
    if lane.generation != generation {
        return;
    }
    hint(address).store(taken.lane as u8, Ordering::Relaxed);
    let site = taken.block.site;
    let time = lane.time();
    // There is room: this very block was taken out. Only if another has used it up meanwhile can memory be short.
    if lane.live.insert(address, Block { site, time }).is_err() {
        lane.lost += 1;
    }
    let (old, new) = (old as u64, new as u64);
    let change = |lane: &mut State| {
        lane.sites.get(site).realloc(lane.epoch, old, new);
        lane.bytes = lane.bytes - old + new;
    };
    if new >= old {
        grow(guard, taken.lane, generation, new - old, time, change);
    } else {
        shrink(guard, taken.lane, generation, old - new, change);
    }
}

/// This thread allocates for the first time in this profile: give it a lane. False: the profile is closed already.
#[cold]
#[inline(never)]
fn join(thread: &Thread, generation: u32) -> bool {
    if thread.left_out.get() {
        return false;
    }
    if thread.high.get() == 0 {
        let (low, high) = sys::stack_limits();
        thread.low.set(low);
        thread.high.set(high);
    }
    let mut first = ENGINE.lanes[0].lock();
    if first.generation != generation {
        return false;
    }
    let is_survivor = thread.generation.get() != 0 && thread.opened.get() != generation;
    let shared = shared(&mut first);
    let mut number = shared.threads as usize % LANES;
    shared.threads += 1;
    shared.survivors += u32::from(is_survivor);
    let opened = shared.opened;
    if number >= ACTIVE.load(Ordering::Relaxed) {
        let epoch = first.epoch;
        let mut lane = ENGINE.lanes[number].lock();
        if lane.start(generation, opened, epoch, true).is_ok() {
            lane.rising = first.rising;
            first.shared = true;
            ACTIVE.store(number + 1, Ordering::Release);
        } else {
            number = 0;
        }
    }
    thread.generation.set(generation);
    thread.lane.set(number as u32);
    true
}

/// Until the result is dropped, do not count what this thread allocates. What it frees counts, if the profile knows it.
///
/// Costs the hot path nothing: a thread that is left out has joined no profile, and may not join one.
pub fn leave_out() -> LeftOut {
    THREAD.with(|thread| LeftOut {
        generation: thread.generation.replace(0),
        left_out: thread.left_out.replace(true),
        thread: PhantomData,
    })
}

/// See `leave_out`.
#[must_use = "dropped at once it leaves nothing out"]
pub struct LeftOut {
    generation: u32,
    left_out: bool,
    /// It belongs to the thread that it was made on.
    thread: PhantomData<*const ()>,
}

impl Drop for LeftOut {
    fn drop(&mut self) {
        THREAD.with(|thread| {
            thread.generation.set(self.generation);
            thread.left_out.set(self.left_out);
        });
    }
}

/// All lanes in use, locked.
pub struct All {
    lanes: [MaybeUninit<Guard<'static>>; LANES],
    count: usize,
}

impl All {
    pub fn lock() -> Self {
        const NONE: MaybeUninit<Guard<'static>> = MaybeUninit::uninit();
        let mut all = All { lanes: [NONE; LANES], count: 0 };
        all.lanes[0] = MaybeUninit::new(ENGINE.lanes[0].lock());
        // Lane 0 is locked: this number does not change.
        let active = ACTIVE.load(Ordering::Acquire).max(1);
        for number in 1..active {
            all.lanes[number] = MaybeUninit::new(ENGINE.lanes[number].lock());
        }
        all.count = active;
        all
    }

    pub fn lanes(&mut self) -> &mut [Guard<'static>] {
        // SAFETY: the first `count` guards are there, and a `MaybeUninit<T>` lies as a `T` does.
        unsafe { std::slice::from_raw_parts_mut(self.lanes.as_mut_ptr().cast(), self.count) }
    }

    pub fn shared(&mut self) -> &mut Shared {
        shared(&mut self.lanes()[0])
    }
}

impl Drop for All {
    fn drop(&mut self) {
        for guard in &mut self.lanes[..self.count] {
            // SAFETY: it is there, and is dropped only here.
            unsafe { guard.as_mut_ptr().drop_in_place() };
        }
    }
}

/// Start profile number `number`. Only `profile` calls this, and `stop`, one after the other.
pub fn start(number: u32) -> bool {
    code::refresh();
    let mut all = All::lock();
    let opened = sys::now();
    *all.shared() = Shared { opened, ..Shared::default() };
    if all.lanes()[0].start(number, opened, 1, false).is_err() {
        return false;
    }
    ACTIVE.store(1, Ordering::Release);
    THREAD.with(|thread| thread.opened.set(number));
    GENERATION.store(number, Ordering::Release);
    true
}

/// Stop counting. From the return on nobody writes to the lanes; how long the profile was open, in µs.
pub fn stop() -> u32 {
    GENERATION.store(0, Ordering::Release);
    let mut all = All::lock();
    end_rise(all.lanes());
    for lane in all.lanes() {
        lane.generation = 0;
    }
    all.shared().age()
}

/// Let `read` see the open profile while nobody changes it, as it would be if it stopped now: it is told how long it has
/// been open, in µs. None if none is open, or if this thread is in the engine already.
///
/// `read` may allocate, though it holds every lock: while it runs this thread is not let into the engine. What it
/// allocates is not counted, and what it frees must be its own.
pub fn paused<R>(read: impl FnOnce(All, u32) -> R) -> Option<R> {
    let _inside = enter()?;
    let mut all = All::lock();
    if all.lanes()[0].generation == 0 {
        return None;
    }
    // What is live now, if the heap is rising, is the highest total so far: a new peak, whatever follows.
    end_rise(all.lanes());
    let time = all.shared().age();
    Some(read(all, time))
}

/// In a forked child: another thread may have held any of the locks, and none of them is here to let go.
pub extern "C" fn abandon() {
    GENERATION.store(0, Ordering::Release);
}
