use crossbeam_channel::{bounded, Receiver, Sender};

use crate::sample::Sample;

/// What a worker records with. Clones share the pipe.
#[derive(Clone)]
pub struct Recorder {
    samples: Sender<Sample>,
}

/// The exporter's end.
pub struct Pipe {
    samples: Receiver<Sample>,
}

impl Pipe {
    pub fn new() -> (Recorder, Self) {
        let (sender, receiver) = bounded(64);
        (Recorder { samples: sender }, Self { samples: receiver })
    }

    /// Everything recorded since the last scrape, as the exposition format has it.
    pub fn scrape(&self, lines: &mut impl Extend<String>) {
        lines.extend(self.samples.try_iter().map(|sample| {
            let [(a, x), (b, y)] = sample.labels;
            format!("{}{{{a}={x},{b}={y}}} {}", sample.name, sample.value)
        }));
    }
}

impl Recorder {
    /// Records a sample, or drops it when the exporter is behind.
    pub fn record(&self, name: &'static str, value: f64, worker: u32) {
        let sample = Sample { name, value, labels: [("worker", worker), ("node", 1)] };
        self.samples.try_send(sample).ok();
    }
}
