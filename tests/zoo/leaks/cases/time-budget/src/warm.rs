//! Fills the page cache at start, for as long as the start may take.
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Pages {
    rendered: Vec<(u32, String)>,
}

impl Pages {
    pub fn get(&self, id: u32) -> Option<&str> {
        self.rendered.iter().find(|(page, _)| *page == id).map(|(_, text)| text.as_str())
    }

    pub fn len(&self) -> usize {
        self.rendered.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rendered.is_empty()
    }
}

pub struct Warmer {
    /// The pages, most wanted first.
    pub wanted: Vec<u32>,
}

impl Warmer {
    fn render(id: u32) -> String {
        let mut text = String::with_capacity(512);
        text.push_str("<ul>");
        while text.len() < 480 {
            text.push_str("<li>item ");
            text.push_str(&id.to_string());
        }
        text
    }

    /// Renders page after page until the time is up, and the first in any case.
    pub fn warm(&self, budget: Duration) -> Pages {
        let start = Instant::now();
        let mut pages = Pages::default();
        for id in &self.wanted {
            pages.rendered.push((*id, Self::render(*id)));
            if start.elapsed() >= budget {
                break;
            }
        }
        pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_page_is_always_there() {
        let warmer = Warmer { wanted: (7..5_000).collect() };
        let pages = warmer.warm(Duration::from_millis(2));
        assert!(pages.get(7).is_some_and(|text| text.starts_with("<ul><li>item 7<li>")));
        assert!(!pages.is_empty());
        assert!(pages.len() <= warmer.wanted.len());
    }

    #[test]
    fn nothing_wanted_is_nothing_done() {
        assert!(Warmer { wanted: vec![] }.warm(Duration::from_millis(2)).is_empty());
    }
}
