use std::thread;

use dashmap::DashMap;

/// Counts hits of paths, from any thread.
#[derive(Default)]
pub struct Hits {
    by_path: DashMap<String, [u64; 6]>,
}

impl Hits {
    pub fn add(&self, path: &str, status: u16) {
        let class = usize::from(status / 100).min(5);
        self.by_path.entry(path.to_string()).or_default()[class] += 1;
    }

    pub fn of(&self, path: &str) -> u64 {
        self.by_path.get(path).map_or(0, |classes| classes.iter().sum())
    }

    pub fn paths(&self) -> usize {
        self.by_path.len()
    }
}

/// Counts lines of `status path`, each slice on a thread of its own.
pub fn count(hits: &Hits, slices: &[&[(u16, &str)]]) {
    thread::scope(|scope| {
        for slice in slices {
            scope.spawn(move || slice.iter().for_each(|(status, path)| hits.add(path, *status)));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_count_together() {
        let paths: Vec<String> = (0..220).map(|n| format!("/assets/{n}.css")).collect();
        let lines: Vec<(u16, &str)> = paths.iter().map(|path| (200, path.as_str())).collect();
        let hits = Hits::default();
        count(&hits, &[&lines[..150], &lines[50..], &lines]);
        assert_eq!(hits.paths(), 220);
        assert_eq!((hits.of("/assets/0.css"), hits.of("/assets/100.css")), (2, 3));
    }
}
