use crate::{Record, Sink};

/// How many records there were of each level.
#[derive(Default)]
pub struct Summary {
    counts: [usize; 3],
}

impl Sink for Summary {
    fn write(&mut self, record: &Record) {
        self.counts[record.level as usize] += 1;
    }

    fn flush(&mut self) -> String {
        let [debug, info, error] = std::mem::take(&mut self.counts);
        format!("{debug} debug, {info} info, {error} error")
    }
}
