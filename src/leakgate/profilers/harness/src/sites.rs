//! The program points of one lane and DHAT's counts of each.
//!
//! t-gmax costs O(1) an event: the lane's *epoch* goes up at each new global peak, and a site whose own epoch is older saves
//! what it holds before it changes for the first time after that peak. Whoever reads the counts brings all sites up to date.

use crate::memory::{Buffer, OutOfMemory};
use crate::stack::Stack;

/// DHAT's counts of one program point, under DHAT's names, for the blocks that one lane allocated. 64 bytes.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
pub struct Site {
    pub tb: u64,
    pub tbk: u64,
    /// Bytes live now; at the end this is `eb`.
    pub cb: u64,
    pub mb: u64,
    gb: u64,
    epoch: u64,
    pub cbk: u32,
    pub mbk: u32,
    gbk: u32,
}

impl Site {
    /// Call before each change, with the number of the last global peak.
    #[inline(always)]
    fn keep_peak(&mut self, epoch: u64) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.gb = self.cb;
            self.gbk = self.cbk;
        }
    }

    /// A block of `size` bytes is new here.
    #[inline(always)]
    pub fn alloc(&mut self, epoch: u64, size: u64) {
        self.keep_peak(epoch);
        self.cb += size;
        self.cbk += 1;
        self.count(size);
    }

    /// A block of this site has a new size. DHAT counts a new block and all its bytes in the totals.
    #[inline(always)]
    pub fn realloc(&mut self, epoch: u64, old: u64, new: u64) {
        self.keep_peak(epoch);
        self.cb = self.cb - old + new;
        self.count(new);
    }

    #[inline(always)]
    fn count(&mut self, size: u64) {
        self.tb += size;
        self.tbk += 1;
        // `>=`: of several equal maxima the last one counts, as in dhat-rs.
        if self.cb >= self.mb {
            self.mb = self.cb;
            self.mbk = self.cbk;
        }
    }

    /// A block of this site is gone.
    #[inline(always)]
    pub fn free(&mut self, epoch: u64, size: u64) {
        self.keep_peak(epoch);
        self.cb -= size;
        self.cbk -= 1;
    }

    /// Bytes and blocks live at the last global peak.
    pub fn at_peak(&self, epoch: u64) -> (u64, u64) {
        if self.epoch == epoch {
            (self.gb, u64::from(self.gbk))
        } else {
            (self.cb, u64::from(self.cbk))
        }
    }
}

/// What of a site changes seldom: how long its blocks lived, and its stack as the difference to an older site's.
#[derive(Clone, Copy, Default)]
struct Origin {
    /// Lifetimes of its freed blocks, in µs.
    lifetimes: u64,
    /// Where its own frames start in `frames`.
    own: u32,
    /// The site whose outermost `shared` frames are its own as well.
    base: u32,
    shared: u16,
    len: u16,
}

#[derive(Clone, Copy)]
struct Slot {
    hash: u64,
    /// The site's number plus one; 0: empty.
    site: u32,
}

/// See the module.
pub struct Sites {
    sites: Buffer<Site>,
    origins: Buffer<Origin>,
    frames: Buffer<usize>,
    index: Buffer<Slot>,
    /// The site of the lane's last event, whose stack is still in `Stack`.
    last: Option<(u64, u32)>,
}

const FIRST_CAPACITY: usize = 128;
const KEPT_BYTES: usize = 64 << 10;

impl Sites {
    pub const fn new() -> Self {
        Sites { sites: Buffer::new(), origins: Buffer::new(), frames: Buffer::new(), index: Buffer::new(), last: None }
    }

    /// Forget all sites. Cheap after a small profile.
    pub fn reset(&mut self) -> Result<(), OutOfMemory> {
        let kept = self.index.bytes();
        if kept == 0 || kept > KEPT_BYTES {
            *self = Sites::new();
            // SAFETY: a slot is two integers.
            self.index = unsafe { Buffer::zeroed(FIRST_CAPACITY)? };
        } else {
            if !self.sites.as_slice().is_empty() {
                self.index.as_mut_slice().fill(Slot { hash: 0, site: 0 });
            }
            self.sites.truncate(0);
            self.origins.truncate(0);
            self.frames.truncate(0);
        }
        self.last = None;
        Ok(())
    }

    /// The number of the site with this stack, which is made if there is none.
    #[inline(always)]
    pub fn find_or_add(&mut self, stack: &Stack) -> Result<u32, OutOfMemory> {
        let hash = stack.hash();
        if let Some((last, site)) = self.last {
            if last == hash {
                return Ok(site);
            }
        }
        let index = self.index.as_slice();
        let mask = index.len() - 1;
        let mut i = hash as usize;
        let site = loop {
            let slot = index[i & mask];
            if slot.site == 0 {
                // Without memory the next stack cannot refer to this one's frames.
                let added = self.add(hash, i & mask, stack);
                self.last = None;
                break added?;
            }
            if slot.hash == hash {
                break slot.site - 1;
            }
            i += 1;
        };
        self.last = Some((hash, site));
        Ok(site)
    }

    #[cold]
    #[inline(never)]
    fn add(&mut self, hash: u64, slot: usize, stack: &Stack) -> Result<u32, OutOfMemory> {
        let number = self.sites.as_slice().len() as u32;
        let (base, shared) = match self.last {
            Some((_, last)) => self.holder(last, stack.shared),
            None => (0, 0),
        };
        let own = self.frames.as_slice().len();
        for ret in stack.rets(shared) {
            self.frames.push(ret)?;
        }
        self.origins.push(Origin {
            lifetimes: 0,
            own: own as u32,
            base,
            shared: shared as u16,
            len: stack.len() as u16,
        })?;
        if let Err(error) = self.sites.push(Site::default()) {
            self.origins.truncate(number as usize);
            return Err(error);
        }
        self.index.as_mut_slice()[slot] = Slot { hash, site: number + 1 };
        // Half full at most. Without memory for a larger index it fills up to the last slot but one, which ends probes.
        if (number as usize + 1) * 2 > self.index.as_slice().len()
            && self.grow_index().is_err()
            && number as usize + 2 > self.index.as_slice().len()
        {
            self.index.as_mut_slice()[slot] = Slot { hash: 0, site: 0 };
            self.sites.truncate(number as usize);
            self.origins.truncate(number as usize);
            return Err(OutOfMemory);
        }
        Ok(number)
    }

    /// The site that holds the last of the outermost `shared` frames of `site` as its own: references never chain through
    /// sites that add nothing, so a stack is put together in as many steps as it has frames at most.
    fn holder(&self, mut site: u32, shared: usize) -> (u32, usize) {
        loop {
            let origin = &self.origins.as_slice()[site as usize];
            if shared > usize::from(origin.shared) || shared == 0 {
                return (site, shared);
            }
            site = origin.base;
        }
    }

    fn grow_index(&mut self) -> Result<(), OutOfMemory> {
        // SAFETY: a slot is two integers.
        let mut larger: Buffer<Slot> = unsafe { Buffer::zeroed(self.index.as_slice().len() * 2)? };
        let slots = larger.as_mut_slice();
        let mask = slots.len() - 1;
        for slot in self.index.as_slice().iter().filter(|slot| slot.site != 0) {
            let mut i = slot.hash as usize;
            while slots[i & mask].site != 0 {
                i += 1;
            }
            slots[i & mask] = *slot;
        }
        self.index = larger;
        Ok(())
    }

    /// The counts of a site that `find_or_add` has named.
    #[inline(always)]
    pub fn get(&mut self, site: u32) -> &mut Site {
        &mut self.sites.as_mut_slice()[site as usize]
    }

    /// A block of this site is gone after so many µs.
    #[inline(always)]
    pub fn lived(&mut self, site: u32, time: u32) {
        self.origins.as_mut_slice()[site as usize].lifetimes += u64::from(time);
    }

    /// All counts.
    pub fn counts(&self) -> &[Site] {
        self.sites.as_slice()
    }

    /// Lifetimes of the site's blocks in µs.
    pub fn lifetimes(&self, site: usize) -> u64 {
        self.origins.as_slice()[site].lifetimes
    }

    /// Fill `stack` with the site's return addresses, the outermost first.
    pub fn stack(&self, site: usize, stack: &mut Vec<usize>) {
        let origins = self.origins.as_slice();
        let mut origin = origins[site];
        let mut wanted = usize::from(origin.len);
        stack.clear();
        stack.resize(wanted, 0);
        loop {
            let shared = usize::from(origin.shared);
            if wanted > shared {
                let own = origin.own as usize;
                stack[shared..wanted].copy_from_slice(&self.frames.as_slice()[own..own + wanted - shared]);
                wanted = shared;
            }
            if wanted == 0 {
                return;
            }
            origin = origins[origin.base as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_of_a_site_is_what_it_held_when_the_epoch_began() {
        let mut site = Site::default();
        site.alloc(1, 100);
        assert_eq!(site.at_peak(2), (100, 1), "unchanged since peak 2 began");
        site.free(2, 100);
        site.alloc(2, 7);
        assert_eq!(site.at_peak(2), (100, 1), "changed twice since");
        assert_eq!(site.at_peak(3), (7, 1));
        site.realloc(3, 7, 9);
        assert_eq!((site.at_peak(3), site.at_peak(4)), ((7, 1), (9, 1)));
        assert_eq!((site.tb, site.tbk, site.cb, site.cbk, site.mb, site.mbk), (116, 3, 9, 1, 100, 1));
    }
}
