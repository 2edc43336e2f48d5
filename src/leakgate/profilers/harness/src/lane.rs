//! A lane: the part of the profile that one thread, or a few, write. Each lane has a lock of its own, so that threads
//! meet only when one frees another's block or when the heap reaches a new peak.

use crate::live::Live;
use crate::memory::OutOfMemory;
use crate::sites::Sites;
use crate::stack::Stack;
use crate::sys;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

/// What a lane's lock guards.
pub struct State {
    /// The profile that this belongs to; 0: none, do not touch.
    pub generation: u32,
    /// When the profile was opened, in µs of `sys::now`.
    opened: u64,
    /// Whether other lanes are in use.
    pub shared: bool,
    /// Bytes that may still be allocated here before the heap could be at a new peak. See `engine`.
    pub slack: u64,
    /// The heap has gone above its last peak, and nothing has been freed since. The same in all lanes.
    pub rising: bool,
    /// When this lane last added to such a rise.
    pub risen: u32,
    /// The number of the last global peak.
    pub epoch: u64,
    /// Bytes and blocks of this lane that are live.
    pub bytes: u64,
    pub blocks: u64,
    events: u32,
    time: u32,
    pub stack: Stack,
    pub sites: Sites,
    pub live: Live,
    /// Stacks taken, for each event that needs one.
    pub stacks: u64,
    /// Those that do not reach as far out as the thread is known to go.
    pub cut: u64,
    /// Those with more frames than are kept.
    pub limited: u64,
    /// Events that found no memory in the engine's tables.
    pub lost: u64,
}

/// Events of a lane whose time is taken exactly, at 23 ns each. Later ones take the time of the kernel's last tick, and
/// only every `EVERY`th reads it: sums of many lifetimes come out right on average.
const EXACT_TIMES: u32 = 16_384;
const EVERY: u32 = 4;

impl State {
    const fn new() -> Self {
        State {
            generation: 0,
            opened: 0,
            shared: false,
            slack: 0,
            rising: false,
            risen: 0,
            epoch: 0,
            bytes: 0,
            blocks: 0,
            events: 0,
            time: 0,
            stack: Stack::new(),
            sites: Sites::new(),
            live: Live::new(),
            stacks: 0,
            cut: 0,
            limited: 0,
            lost: 0,
        }
    }

    /// Make it an empty part of a new profile. On failure it belongs to none.
    pub fn start(&mut self, generation: u32, opened: u64, epoch: u64, shared: bool) -> Result<(), OutOfMemory> {
        self.generation = 0;
        self.stack.reset()?;
        self.sites.reset()?;
        self.live.reset()?;
        self.opened = opened;
        self.shared = shared;
        self.epoch = epoch;
        self.slack = 0;
        self.rising = false;
        self.risen = 0;
        self.bytes = 0;
        self.blocks = 0;
        self.events = 0;
        self.time = 0;
        self.stacks = 0;
        self.cut = 0;
        self.limited = 0;
        self.lost = 0;
        self.generation = generation;
        Ok(())
    }

    /// The time of this event, in µs since the profile was opened.
    #[inline(always)]
    pub fn time(&mut self) -> u32 {
        self.events = self.events.wrapping_add(1);
        if self.events <= EXACT_TIMES || self.events % EVERY == 0 {
            self.read_clock();
        }
        self.time
    }

    #[inline(never)]
    fn read_clock(&mut self) {
        let now = if self.events <= EXACT_TIMES { sys::now() } else { sys::now_coarse() };
        // The ticking clock is behind the exact one; an hour's profile fits.
        let time = now.saturating_sub(self.opened).min(u64::from(u32::MAX)) as u32;
        self.time = self.time.max(time);
    }
}

/// See the module. 128 bytes apart: x86 and Apple's aarch64 fetch cache lines in pairs.
#[repr(align(128))]
pub struct Lane {
    locked: AtomicBool,
    state: UnsafeCell<State>,
}

// SAFETY: the state is only reached through `Guard`, of which there is one at a time.
unsafe impl Sync for Lane {}

/// The right to a lane's state.
pub struct Guard<'a>(&'a Lane);

impl Lane {
    pub const fn new() -> Self {
        Lane { locked: AtomicBool::new(false), state: UnsafeCell::new(State::new()) }
    }

    #[inline(always)]
    pub fn lock(&self) -> Guard<'_> {
        if self.locked.swap(true, Ordering::Acquire) {
            self.wait();
        }
        Guard(self)
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        let mut turns = 0_u32;
        loop {
            while self.locked.load(Ordering::Relaxed) {
                turns += 1;
                if turns % 128 == 0 || cfg!(miri) {
                    // Its holder may have been preempted.
                    std::thread::yield_now();
                } else {
                    std::hint::spin_loop();
                }
            }
            if !self.locked.swap(true, Ordering::Acquire) {
                return;
            }
        }
    }
}

impl Guard<'_> {
    /// Whether it is this lane's.
    pub fn is_of(&self, lane: &Lane) -> bool {
        std::ptr::eq(self.0, lane)
    }
}

impl Deref for Guard<'_> {
    type Target = State;

    #[inline(always)]
    fn deref(&self) -> &State {
        // SAFETY: the guard holds the lock, and no other guard of this lane exists.
        unsafe { &*self.0.state.get() }
    }
}

impl DerefMut for Guard<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut State {
        // SAFETY: as above.
        unsafe { &mut *self.0.state.get() }
    }
}

impl Drop for Guard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.locked.store(false, Ordering::Release);
    }
}
