//! Access statistics by route.

pub mod intern;

use std::collections::BTreeMap;

use intern::{Interner, Symbol};

#[derive(Default)]
pub struct AccessStats {
    names: Interner,
    hits: BTreeMap<Symbol, u64>,
}

impl AccessStats {
    pub fn record(&mut self, path: &str) {
        let template = template(path);
        let symbol = self.names.intern(&template);
        *self.hits.entry(symbol).or_default() += 1;
    }

    /// All hits below a prefix.
    pub fn hits(&self, prefix: &str) -> u64 {
        self.hits
            .iter()
            .filter(|(symbol, _)| self.names.resolve(**symbol).starts_with(prefix))
            .map(|(_, hits)| hits)
            .sum()
    }
}

/// `/users/17/posts` becomes `/users/{}/posts`.
fn template(path: &str) -> String {
    path.split('/').map(|part| if part.parse::<u64>().is_ok() { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_of_all_users_are_added_up() {
        let mut stats = AccessStats::default();
        for user in 0..400 {
            stats.record(&format!("/users/{user}/posts"));
            stats.record(&format!("/users/{user}/likes"));
        }
        assert_eq!(stats.hits("/users/"), 800);
        assert_eq!(stats.hits("/admin/"), 0);
    }

    #[test]
    fn a_number_is_a_parameter() {
        assert_eq!(template("/users/17/posts"), "/users/{}/posts");
        assert_eq!(template("/about"), "/about");
    }
}
