use crate::{Record, Sink};

/// The first of the worst records since the last flush.
#[derive(Default)]
pub struct Worst {
    record: Option<Record>,
}

impl Sink for Worst {
    fn write(&mut self, record: &Record) {
        if self.record.as_ref().is_none_or(|worst| record.level > worst.level) {
            self.record = Some(record.clone());
        }
    }

    fn flush(&mut self) -> String {
        self.record.take().map_or_else(String::new, |record| record.text)
    }
}
