use std::collections::BTreeMap;
use std::sync::RwLock;

/// Names of metrics that were ever asked for.
static NAMES: RwLock<BTreeMap<u64, String>> = RwLock::new(BTreeMap::new());

pub struct Gauge {
    name: String,
    samples: Vec<i64>,
}

impl Gauge {
    pub fn new(name: &str) -> Self {
        let mut names = NAMES.write().unwrap();
        let id = names.len() as u64;
        names.insert(id, name.to_string());
        Self { name: name.to_string(), samples: Vec::new() }
    }

    pub fn set(&mut self, value: i64) {
        self.samples.push(value);
    }

    pub fn median(&self) -> Option<i64> {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

pub fn known() -> usize {
    NAMES.read().unwrap().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        let mut gauge = Gauge::new("queue depth");
        for n in 0..4_001 {
            gauge.set((n * 7919) % 4_001);
        }
        assert_eq!(gauge.median(), Some(2_000));
    }

    #[test]
    fn names_are_known() {
        let before = known();
        let gauges: Vec<Gauge> = (0..40).map(|n| Gauge::new(&format!("disk {n} free"))).collect();
        assert_eq!(gauges[39].name(), "disk 39 free");
        assert!(known() >= before + 40);
    }
}
