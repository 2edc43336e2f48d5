//! An import: each file has a span, under which all that is said about the file is found.
use std::collections::HashMap;
use tracing::{info_span, Span};

#[derive(Default)]
pub struct Import {
    open: HashMap<String, Span>,
    rows: usize,
}

impl Import {
    /// Counts the rows of a file, which comes in pieces; an empty piece is its last.
    pub async fn piece(&mut self, file: &str, text: &str) {
        let span = self.span(file);
        self.rows += span.in_scope(|| {
            tracing::debug!(bytes = text.len(), "piece");
            text.lines().count()
        });
        if text.is_empty() {
            self.open.remove(file);
        }
    }

    fn span(&mut self, file: &str) -> Span {
        self.open.entry(file.to_owned()).or_insert_with(|| info_span!("file", name = file)).clone()
    }

    pub fn rows(&self) -> usize {
        self.rows
    }
}
