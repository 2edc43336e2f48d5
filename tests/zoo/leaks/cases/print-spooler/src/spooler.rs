use std::sync::mpsc::{sync_channel, Receiver, SyncSender, TrySendError};

use crate::Label;

const QUEUE: usize = 8;

/// Labels on their way to the printer, which takes them when it is ready.
pub struct Spooler {
    queue: SyncSender<Label>,
    printer: Printer,
}

struct Printer {
    jobs: Receiver<Label>,
    printed: u64,
}

impl Printer {
    fn run(&mut self) {
        while self.jobs.try_recv().is_ok() {
            self.printed += 1;
        }
    }
}

impl Default for Spooler {
    fn default() -> Self {
        let (queue, jobs) = sync_channel(QUEUE);
        Self { queue, printer: Printer { jobs, printed: 0 } }
    }
}

impl Spooler {
    pub fn print(&mut self, label: Label) {
        if let Err(TrySendError::Full(label)) = self.queue.try_send(label) {
            self.printer.run();
            self.queue.try_send(label).expect("the printer has made room");
        }
    }

    /// Waits for the printer; gives the number of labels printed so far.
    pub fn flush(&mut self) -> u64 {
        self.printer.run();
        self.printer.printed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pallet_of_labels_is_printed() {
        let mut spooler = Spooler::default();
        for parcel in 0..250 {
            spooler.print(Label::render(parcel));
        }
        assert_eq!(spooler.flush(), 250);
    }

    #[test]
    fn nothing_queued_is_nothing_printed() {
        assert_eq!(Spooler::default().flush(), 0);
    }
}
