use std::collections::HashMap;

use regex::Regex;

/// Compiled filters. Compiling takes far longer than matching.
#[derive(Default)]
pub struct Filters {
    recent: Option<(String, Regex)>,
    failures: HashMap<String, usize>,
}

impl Filters {
    pub fn get(&mut self, pattern: &str) -> Option<Regex> {
        if let Some((_, filter)) = self.recent.as_ref().filter(|(recent, _)| recent == pattern) {
            return Some(filter.clone());
        }
        match Regex::new(pattern) {
            Ok(filter) => {
                self.recent = Some((pattern.to_owned(), filter.clone()));
                Some(filter)
            }
            Err(_) => {
                *self.failures.entry("syntax".to_owned()).or_default() += 1;
                None
            }
        }
    }

    pub fn failures(&self) -> usize {
        self.failures.values().sum()
    }
}
