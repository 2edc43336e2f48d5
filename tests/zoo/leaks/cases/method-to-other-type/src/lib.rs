use std::collections::BTreeMap;

/// Keeps values run-length encoded.
#[derive(Default)]
pub struct Store {
    values: BTreeMap<String, Vec<(u8, u32)>>,
}

impl Store {
    pub fn put(&mut self, key: impl Into<String>, value: &[u8]) {
        let packed = self.pack(value);
        self.values.insert(key.into(), packed);
    }

    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.values.get(key).map(|packed| self.unpack(packed))
    }

    fn pack(&self, value: &[u8]) -> Vec<(u8, u32)> {
        let mut runs: Vec<(u8, u32)> = Vec::new();
        for byte in value {
            match runs.last_mut() {
                Some((last, count)) if last == byte => *count += 1,
                _ => runs.push((*byte, 1)),
            }
        }
        runs
    }

    fn unpack(&self, packed: &[(u8, u32)]) -> Vec<u8> {
        let mut out = Vec::with_capacity(packed.iter().map(|(_, n)| *n as usize).sum());
        for (byte, count) in packed {
            out.extend(std::iter::repeat_n(*byte, *count as usize));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_packing() {
        let mut store = Store::default();
        let noise: Vec<u8> = (0..20_000_u32).map(|n| (n % 251) as u8).collect();
        store.put("noise", &noise);
        store.put("flat", &[7; 50_000]);
        assert_eq!(store.get("noise").unwrap(), noise);
        assert_eq!(store.get("flat").unwrap().len(), 50_000);
        assert_eq!(store.get("other"), None);
    }

    #[test]
    fn a_value_is_replaced() {
        let mut store = Store::default();
        for round in 0..10_u8 {
            store.put("key", &[round; 3000]);
        }
        assert_eq!(store.get("key"), Some(vec![9; 3000]));
    }
}
