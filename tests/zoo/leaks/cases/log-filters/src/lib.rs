//! The log viewer: lines, and the filters that users type.

mod filters;

pub use filters::Filters;

pub struct Viewer {
    lines: Vec<String>,
    filters: Filters,
}

impl Viewer {
    pub fn new(lines: &[&str]) -> Self {
        Self { lines: lines.iter().map(|line| (*line).to_owned()).collect(), filters: Filters::default() }
    }

    /// How many lines match; none where the pattern is none.
    pub fn count(&mut self, pattern: &str) -> usize {
        let Some(filter) = self.filters.get(pattern) else { return 0 };
        self.lines.iter().filter(|line| filter.is_match(line)).count()
    }
}
