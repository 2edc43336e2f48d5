pub mod journal;

use journal::{Apply, Journal};

/// Stock, changed by deltas.
#[derive(Default)]
pub struct Stock(i64);

/// The text of a note, changed by appending.
#[derive(Default)]
pub struct Note(usize);

impl Apply for Stock {
    type Change = [i64; 4];

    fn apply(&mut self, change: &Self::Change) {
        self.0 += change.iter().sum::<i64>();
    }
}

impl Apply for Note {
    type Change = String;

    fn apply(&mut self, change: &Self::Change) {
        self.0 += change.len();
    }
}

pub fn count_stock(deliveries: impl Iterator<Item = [i64; 4]>) -> i64 {
    let mut journal = Journal::<Stock>::default();
    for delivery in deliveries {
        journal.append(delivery);
    }
    journal.checkpoint().0
}

pub fn note_length(pieces: impl Iterator<Item = String>) -> usize {
    let mut journal = Journal::<Note>::default();
    for piece in pieces {
        journal.append(piece);
    }
    journal.checkpoint().0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_add_up() {
        assert_eq!(count_stock((0..1000).map(|n| [n, 1, 0, -n])), 1000);
    }

    #[test]
    fn pieces_of_a_note_add_up() {
        assert_eq!(note_length((0..400).map(|n| format!("piece {:03}", n))), 3600);
    }

    #[test]
    fn an_empty_journal_is_the_default() {
        assert_eq!(count_stock(std::iter::empty()), 0);
    }
}
