//! The live blocks of one lane: address → site and time, an open-addressed table with linear probing.
//!
//! 16 bytes an entry, at most three quarters full, doubled when full: 21 to 43 bytes a block, 64 for the moment in which
//! both the old and the new table exist.

use crate::memory::{Buffer, OutOfMemory};

/// What is known of a live block. Its size is not: the program says it again when it frees the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The program point, as its lane numbers them.
    pub site: u32,
    /// When it was allocated or last reallocated, in µs since the profile was opened.
    pub time: u32,
}

#[derive(Clone, Copy)]
struct Slot {
    /// 0: empty. No block has that address.
    address: usize,
    block: Block,
}

/// See the module.
pub struct Live {
    slots: Buffer<Slot>,
    len: usize,
    /// `64 - log2(capacity)`: the hash's top bits are the slot.
    shift: u32,
}

const FIRST_CAPACITY: usize = 256;
/// A larger table is given back rather than cleared when the next profile opens.
const KEPT_BYTES: usize = 64 << 10;

/// Where to look for an address first. Addresses of the same 128 bytes have their homes side by side in two cache lines:
/// blocks that are allocated one after the other are often freed one after the other. The lines themselves are spread.
#[inline(always)]
fn home(address: usize, shift: u32) -> usize {
    let group = (address as u64 >> 7).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift;
    (group as usize & !7) | (address >> 4 & 7)
}

impl Live {
    pub const fn new() -> Self {
        Live { slots: Buffer::new(), len: 0, shift: 0 }
    }

    /// Forget all blocks. Cheap after a small profile.
    pub fn reset(&mut self) -> Result<(), OutOfMemory> {
        let kept = self.slots.bytes();
        if kept == 0 || kept > KEPT_BYTES {
            *self = Live::with_capacity(FIRST_CAPACITY)?;
        } else if self.len > 0 {
            let empty = Slot { address: 0, block: Block { site: 0, time: 0 } };
            self.slots.as_mut_slice().fill(empty);
            self.len = 0;
        }
        Ok(())
    }

    fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory> {
        // SAFETY: a slot is three integers.
        let slots = unsafe { Buffer::zeroed(capacity)? };
        Ok(Live { slots, len: 0, shift: 64 - capacity.trailing_zeros() })
    }

    #[inline(always)]
    fn home(&self, address: usize) -> usize {
        home(address, self.shift)
    }

    /// Add a block. An address that is there already (its owner gave it back to C's `free`) is overwritten.
    #[inline]
    pub fn insert(&mut self, address: usize, block: Block) -> Result<(), OutOfMemory> {
        if self.len * 4 >= self.slots.as_slice().len() * 3 {
            // With no memory for a larger table the last quarter is used up as well, except for one slot: it ends probes.
            if self.grow().is_err() && self.len + 1 >= self.slots.as_slice().len() {
                return Err(OutOfMemory);
            }
        }
        let mut i = self.home(address);
        let slots = self.slots.as_mut_slice();
        let mask = slots.len() - 1;
        loop {
            let slot = &mut slots[i & mask];
            if slot.address == 0 {
                *slot = Slot { address, block };
                self.len += 1;
                return Ok(());
            }
            if slot.address == address {
                slot.block = block;
                return Ok(());
            }
            i += 1;
        }
    }

    /// Take a block out.
    #[inline]
    pub fn remove(&mut self, address: usize) -> Option<Block> {
        let slots = self.slots.as_slice();
        if slots.is_empty() {
            return None;
        }
        let mask = slots.len() - 1;
        let mut i = self.home(address) & mask;
        while slots[i & mask].address != address {
            if slots[i & mask].address == 0 {
                return None;
            }
            i += 1;
        }
        let block = slots[i & mask].block;
        self.close_gap(i & mask, mask);
        self.len -= 1;
        Some(block)
    }

    /// Move later entries of the cluster back, so that no probe ends too early. No tombstones: tables of a program that
    /// allocates and frees for hours do not silt up.
    #[inline]
    fn close_gap(&mut self, mut hole: usize, mask: usize) {
        let shift = self.shift;
        let slots = self.slots.as_mut_slice();
        let mut i = hole;
        loop {
            i = (i + 1) & mask;
            let slot = slots[i];
            if slot.address == 0 {
                break;
            }
            let home = home(slot.address, shift);
            // It may move if its home is not between the hole and itself, cyclically.
            if (i.wrapping_sub(home) & mask) >= (i.wrapping_sub(hole) & mask) {
                slots[hole] = slot;
                hole = i;
            }
        }
        slots[hole].address = 0;
    }

    fn grow(&mut self) -> Result<(), OutOfMemory> {
        let mut larger = Live::with_capacity(self.slots.as_slice().len() * 2)?;
        for slot in self.slots.as_slice().iter().filter(|slot| slot.address != 0) {
            larger.insert(slot.address, slot.block)?;
        }
        *self = larger;
        Ok(())
    }

    /// All live blocks, in no order.
    pub fn iter(&self) -> impl Iterator<Item = Block> + '_ {
        self.slots.as_slice().iter().filter(|slot| slot.address != 0).map(|slot| slot.block)
    }

    /// Ask for the memory that `insert` will touch.
    #[inline(always)]
    pub fn prefetch(&self, address: usize) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
            // A small table is in the cache anyway.
            if self.slots.bytes() > KEPT_BYTES {
                let slot = &self.slots.as_slice()[self.home(address)];
                // SAFETY: a hint; it reads nothing and cannot fault.
                unsafe { _mm_prefetch::<_MM_HINT_T0>((slot as *const Slot).cast()) };
            }
        }
        #[cfg(not(all(target_arch = "x86_64", not(miri))))]
        let _ = address;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn behaves_as_a_map_through_growth_and_removal() {
        let mut live = Live::new();
        live.reset().unwrap();
        let mut model = HashMap::new();
        let mut random = 0x2545_F491_4F6C_DD1D_u64;
        let rounds = if cfg!(miri) { 2_000 } else { 300_000 };
        for step in 0..rounds {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Few addresses, many of them neighbours: long clusters, and the same address again and again.
            let span = if step < rounds / 2 { 1 << 14 } else { 1 << 7 };
            let address = 0x5555_0000_0000 + (random as usize % span) * 16;
            if random >> 63 == 0 {
                let block = Block { site: step, time: step };
                live.insert(address, block).unwrap();
                model.insert(address, block);
            } else {
                assert_eq!(live.remove(address), model.remove(&address));
            }
        }
        assert_eq!(live.len, model.len());
        let mut left: Vec<u32> = live.iter().map(|block| block.site).collect();
        let mut expected: Vec<u32> = model.values().map(|block| block.site).collect();
        left.sort_unstable();
        expected.sort_unstable();
        assert_eq!(left, expected);
        for (address, block) in model {
            assert_eq!(live.remove(address), Some(block));
        }
        assert_eq!(live.iter().count(), 0);
    }

    #[test]
    fn forgets_everything_on_reset() {
        let mut live = Live::new();
        live.reset().unwrap();
        for blocks in &[10, if cfg!(miri) { 2_000 } else { 100_000 }] {
            for n in 1..=*blocks {
                live.insert(n * 32, Block { site: 0, time: 0 }).unwrap();
            }
            live.reset().unwrap();
            assert_eq!(live.iter().count(), 0);
            assert_eq!(live.remove(32), None);
        }
        assert!(live.slots.bytes() <= KEPT_BYTES);
    }
}
