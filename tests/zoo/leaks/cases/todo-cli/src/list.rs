use crate::history::History;

#[derive(Default)]
pub struct List {
    items: Vec<String>,
    history: History,
}

impl List {
    /// `undo`, `done`, or the text of a new item.
    pub fn run(&mut self, command: &str) {
        match command {
            "undo" => self.items = self.history.back().unwrap_or_default(),
            "done" => {
                self.history.remember(&self.items);
                self.items.pop();
            }
            text => {
                self.history.remember(&self.items);
                self.items.push(text.to_owned());
            }
        }
    }

    pub fn items(&self) -> &[String] {
        &self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_session_keeps_its_items() {
        let mut list = List::default();
        for day in 0..80 {
            list.run(&format!("water the plants on day {day}"));
        }
        list.run("done");
        list.run("undo");
        assert_eq!(list.items().len(), 80);
    }

    #[test]
    fn undo_without_history_empties_the_list() {
        let mut list = List::default();
        list.run("undo");
        assert!(list.items().is_empty());
    }
}
