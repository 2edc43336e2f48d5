//! Stacks by frame pointers.
//!
//! On x86-64 and aarch64 a function with a frame pointer leaves two words on its stack: the caller's frame pointer, and
//! above it the address to return to. Following that chain costs one dependent load a frame. Most allocations of a thread
//! share most of their stack with the one before, so the last stack is kept and only *compared* with what is on the stack
//! now, outermost frame first; these loads do not wait for one another. Only the frames that differ are followed.
//!
//! A chain may break (C, assembly, a std without frame pointers): then the next "frame pointer" is any number. It is
//! only followed if it points further out on the same thread's stack, so nothing that is read can fault; what does not
//! return into code is cut off at the outer end.

use crate::code;
use crate::memory::{Buffer, OutOfMemory};

/// Frames kept of a stack, the innermost ones.
pub const MAX_FRAMES: usize = 256;

/// Where an event happened: the frame pointer and the stack pointer of the function that was asked to allocate.
#[derive(Clone, Copy)]
pub struct Here {
    frame: usize,
    stack: usize,
}

/// The place of the caller, which must be compiled with frame pointers to mean anything.
#[inline(always)]
pub fn here() -> Here {
    let (frame, stack): (usize, usize);
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: copies two registers.
    unsafe {
        std::arch::asm!("mov {}, rbp", "mov {}, rsp", out(reg) frame, out(reg) stack, options(nomem, nostack, preserves_flags));
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: copies two registers.
    unsafe {
        std::arch::asm!("mov {}, x29", "mov {}, sp", out(reg) frame, out(reg) stack, options(nomem, nostack, preserves_flags));
    }
    #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        frame = 0;
        stack = 0;
    }
    Here { frame, stack }
}

/// What a thread knows of its own stack.
#[derive(Clone, Copy)]
pub struct Limits {
    pub low: usize,
    pub high: usize,
}

#[derive(Clone, Copy)]
struct Frame {
    /// The frame's address: where the caller's frame address is kept.
    at: usize,
    /// The address to return to.
    ret: usize,
    /// The hash of this frame and all further out.
    hash: u64,
}

/// The stack of a lane's last event, and what comparing the next one with it needs.
pub struct Stack {
    /// `frames[0]` is the outermost.
    frames: Buffer<Frame>,
    len: usize,
    /// What `frames[0]` has as its caller's frame: where the chain ended.
    end: usize,
    /// Frames new in the last event, innermost first.
    new: Buffer<Frame>,
    /// How many of the outermost frames are those of the event before.
    pub shared: usize,
    /// Longer than `MAX_FRAMES`: the outermost are not there.
    pub limited: bool,
    /// Not the thread's own stack.
    foreign: bool,
}

/// A `ret` below this is no address of code.
const FIRST_PAGE: usize = 4096;
const START: u64 = 0x243F_6A88_85A3_08D3;

#[inline(always)]
fn mix(hash: u64, ret: usize) -> u64 {
    // Each step is a bijection of `hash` for a given `ret` and the other way round: stacks that differ in one frame never
    // collide, others with 2^-64.
    let hash = (hash ^ ret as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash ^ (hash >> 32)
}

/// aarch64 may sign return addresses in the bits above the 48 that user space has.
#[inline(always)]
fn strip(ret: usize) -> usize {
    if cfg!(target_arch = "aarch64") {
        ret & 0x0000_FFFF_FFFF_FFFF
    } else {
        ret
    }
}

/// One word of the current thread's stack.
///
/// # Safety
/// `at` is aligned and lies, with its 8 bytes, between the current stack pointer and the stack's end.
#[inline(always)]
unsafe fn word(at: usize) -> usize {
    // SAFETY: the caller's word. Volatile, because the compiler does not know that these words are written.
    unsafe { (at as *const usize).read_volatile() }
}

impl Stack {
    pub const fn new() -> Self {
        Stack { frames: Buffer::new(), len: 0, end: 0, new: Buffer::new(), shared: 0, limited: false, foreign: false }
    }

    /// Forget the last stack.
    pub fn reset(&mut self) -> Result<(), OutOfMemory> {
        if self.frames.bytes() == 0 {
            // SAFETY: a frame is three integers.
            unsafe {
                self.frames = Buffer::zeroed(MAX_FRAMES)?;
                self.new = Buffer::zeroed(MAX_FRAMES)?;
            }
        }
        self.len = 0;
        Ok(())
    }

    /// The hash of the stack taken last.
    #[inline(always)]
    pub fn hash(&self) -> u64 {
        match self.len {
            0 => START,
            len => self.frames.as_slice()[len - 1].hash,
        }
    }

    /// How many frames it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Its return addresses from the `skip`th outermost inwards.
    pub fn rets(&self, skip: usize) -> impl Iterator<Item = usize> + '_ {
        self.frames.as_slice()[skip..self.len].iter().map(|frame| frame.ret)
    }

    /// The address of the outermost frame that was reached on the thread's own stack; 0 if none was.
    #[inline(always)]
    pub fn outermost(&self) -> usize {
        match self.len {
            0 => 0,
            _ if self.foreign => 0,
            _ => self.frames.as_slice()[0].at,
        }
    }

    /// Take the stack of the current thread, from `here` outwards.
    #[inline(always)]
    pub fn take(&mut self, here: Here, limits: Limits) {
        // The highest address at which a frame's two words still fit.
        let last = limits.high.wrapping_sub(16);
        let at = here.frame;
        if here.stack < limits.low || at < here.stack || at > last || at & 7 != 0 || limits.high == 0 {
            self.take_foreign(here);
            return;
        }
        self.foreign = false;
        let same = self.compare(at, last);
        self.shared = same;
        self.limited = false;
        if same > 0 && self.frames.as_slice()[same - 1].at == at {
            self.len = same;
            return;
        }
        // SAFETY: checked above.
        unsafe { self.follow(at, last, same) };
    }

    /// How many of the last stack's frames, outermost first, are still as they were. Frames further in than `at` are not.
    #[inline(always)]
    fn compare(&self, at: usize, last: usize) -> usize {
        let mut frames = &self.frames.as_slice()[..self.len];
        // The lane may have been used by another thread: its frames lie elsewhere. The outermost is the highest.
        if frames.is_empty() || frames[0].at > last {
            return 0;
        }
        while let [rest @ .., innermost] = frames {
            if innermost.at >= at {
                break;
            }
            frames = rest;
        }
        let mut link = self.end;
        for (same, frame) in frames.iter().enumerate() {
            // SAFETY: aligned, since a walk has checked it; not below `at`, which is above the stack pointer; and not
            // above `frames[0].at`, which leaves room for two words.
            let differs = unsafe { (word(frame.at) ^ link) | (strip(word(frame.at + 8)) ^ frame.ret) };
            if differs != 0 {
                return same;
            }
            link = frame.at;
        }
        frames.len()
    }

    /// Follow the chain from `at` until it meets one of the outermost `same` frames or ends.
    ///
    /// # Safety
    /// `at` is aligned and lies between the stack pointer and `last`, the highest place for a frame.
    unsafe fn follow(&mut self, mut at: usize, last: usize, mut same: usize) {
        let frames = self.frames.as_mut_slice();
        let new = self.new.as_mut_slice();
        let mut count = 0;
        let end = loop {
            while same > 0 && frames[same - 1].at < at {
                same -= 1;
            }
            if same > 0 && frames[same - 1].at == at {
                break None;
            }
            // SAFETY: `at` is aligned and in range: the caller's word for the first, the check below for the others.
            let (link, ret) = unsafe { (word(at), strip(word(at + 8))) };
            if ret < FIRST_PAGE {
                same = 0;
                break Some(at);
            }
            new[count] = Frame { at, ret, hash: 0 };
            count += 1;
            if link <= at || link > last || link & 7 != 0 {
                same = 0;
                break Some(link);
            }
            if count + same == MAX_FRAMES || count == MAX_FRAMES {
                if same > 0 {
                    // The kept part would have to lose its outer end: rare, so start again without it.
                    same = 0;
                    self.len = 0;
                }
                if count == MAX_FRAMES {
                    self.limited = true;
                    break Some(link);
                }
            }
            at = link;
        };
        let mut hash = START;
        if let Some(end) = end {
            // A stack without its outer end is not what the next one can be compared with.
            self.end = if self.limited { usize::MAX } else { end };
            // What does not return into code is not a frame: a C function's use of the register, at the outer end.
            while count > 0 && !self.limited && !code::contains(new[count - 1].ret) {
                count -= 1;
                self.end = new[count].at;
            }
        } else {
            hash = frames[same - 1].hash;
        }
        self.shared = same;
        for frame in new[..count].iter().rev() {
            hash = mix(hash, frame.ret);
            frames[same] = Frame { hash, ..*frame };
            same += 1;
        }
        self.len = same;
    }

    /// A stack that is not the thread's own (a coroutine's), or no frame pointer at all: one frame, if even that.
    #[cold]
    fn take_foreign(&mut self, here: Here) {
        self.len = 0;
        self.shared = 0;
        self.limited = false;
        self.foreign = true;
        let at = here.frame;
        // A frame pointer of our own is at most a few hundred bytes above our own stack pointer.
        if at & 7 != 0 || at < here.stack || at - here.stack > 1024 || here.stack == 0 {
            return;
        }
        // SAFETY: our own frame, on the stack that we are running on.
        let ret = strip(unsafe { word(at + 8) });
        if code::contains(ret) {
            self.frames.as_mut_slice()[0] = Frame { at, ret, hash: mix(START, ret) };
            // No link equals this: the next event compares with nothing.
            self.end = usize::MAX;
            self.len = 1;
        }
    }
}
