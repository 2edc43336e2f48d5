//! Themes that inherit from themes.

use std::collections::BTreeMap;

pub mod resolve;

/// A theme: its parent's name, and what it changes.
#[derive(Default)]
pub struct Theme {
    pub parent: Option<String>,
    pub colours: BTreeMap<String, u32>,
}

#[derive(Default)]
pub struct Themes {
    by_name: BTreeMap<String, Theme>,
}

impl Themes {
    pub fn add(&mut self, name: &str, theme: Theme) {
        self.by_name.insert(name.to_owned(), theme);
    }

    fn get(&self, name: &str) -> Option<&Theme> {
        self.by_name.get(name)
    }
}
