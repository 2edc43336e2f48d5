use std::sync::{Arc, Weak};

use parking_lot::RwLock;

/// A line of text on the screen.
pub struct Widget {
    text: RwLock<[char; 64]>,
}

impl Widget {
    pub fn first(&self) -> char {
        self.text.read()[0]
    }

    fn translate(&self, letter: char) {
        self.text.write().fill(letter);
    }
}

#[derive(Default)]
pub struct Registry {
    widgets: RwLock<Vec<Weak<Widget>>>,
}

impl Registry {
    pub fn widget(&self) -> Arc<Widget> {
        let widget = Arc::new(Widget { text: RwLock::new([' '; 64]) });
        let mut widgets = self.widgets.write();
        widgets.retain(|widget| widget.strong_count() > 0);
        widgets.push(Arc::downgrade(&widget));
        widget
    }

    /// Tells all widgets; gives how many there are.
    pub fn set_language(&self, letter: char) -> usize {
        let widgets = self.widgets.read();
        widgets.iter().filter_map(Weak::upgrade).map(|widget| widget.translate(letter)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_window_is_translated() {
        let registry = Registry::default();
        for _ in 0..150 {
            assert_eq!(registry.widget().first(), ' ');
        }
        let open = registry.widget();
        assert_eq!(registry.set_language('å'), 1);
        assert_eq!(open.first(), 'å');
    }

    #[test]
    fn without_widgets_nobody_is_told() {
        assert_eq!(Registry::default().set_language('x'), 0);
    }
}
