//! An open-addressed table whose probes are short by construction: it doubles when one would get too long.

const LONGEST_PROBE: usize = 12;

#[derive(Clone)]
struct Slot {
    key: u64,
    value: [u8; 24],
}

pub struct Table {
    seed: u64,
    slots: Vec<Option<Slot>>,
    // Where it lies in memory is the seed: cheap, and nobody outside can know it.
    _anchor: Box<u8>,
}

impl Default for Table {
    fn default() -> Self {
        let anchor = Box::new(0);
        let seed = std::ptr::from_ref::<u8>(&anchor) as u64 >> 4;
        Self { seed, slots: vec![None; 16], _anchor: anchor }
    }
}

impl Table {
    fn hash(&self, key: u64) -> usize {
        let mut h = (key ^ self.seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h ^= h >> 29;
        h = h.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (h ^ (h >> 32)) as usize
    }

    fn place(&self, key: u64) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let start = self.hash(key);
        (0..LONGEST_PROBE)
            .map(|step| (start + step) & mask)
            .find(|at| self.slots[*at].as_ref().is_none_or(|slot| slot.key == key))
    }

    pub fn insert(&mut self, key: u64, value: [u8; 24]) {
        loop {
            if let Some(at) = self.place(key) {
                self.slots[at] = Some(Slot { key, value });
                return;
            }
            self.double();
        }
    }

    fn double(&mut self) {
        let size = self.slots.len() * 2;
        let old = std::mem::replace(&mut self.slots, vec![None; size]);
        for slot in old.into_iter().flatten() {
            self.insert(slot.key, slot.value);
        }
    }

    pub fn get(&self, key: u64) -> Option<&[u8; 24]> {
        self.slots[self.place(key)?].as_ref().map(|slot| &slot.value)
    }
}
