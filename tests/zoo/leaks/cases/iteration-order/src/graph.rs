use std::collections::{HashMap, HashSet};

/// What each step needs.
#[derive(Default)]
pub struct Graph {
    pub needs: HashMap<String, HashSet<String>>,
}

impl Graph {
    pub fn step(&mut self, name: &str, needs: &[&str]) {
        self.needs.insert(name.to_string(), needs.iter().map(ToString::to_string).collect());
    }

    /// How many steps need each.
    pub fn users(&self) -> HashMap<&str, usize> {
        let mut users = HashMap::new();
        for needed in self.needs.values().flatten() {
            *users.entry(needed.as_str()).or_insert(0) += 1;
        }
        users
    }
}
