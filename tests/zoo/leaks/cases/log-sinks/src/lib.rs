//! Log records and where they go.

mod record;
pub mod sinks;

pub use record::{Level, Record};

pub trait Sink {
    fn write(&mut self, record: &Record);
    fn flush(&mut self) -> String;
}

#[derive(Default)]
pub struct Logger {
    sinks: Vec<Box<dyn Sink>>,
}

impl Logger {
    pub fn with(mut self, sink: impl Sink + 'static) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    pub fn log(&mut self, level: Level, text: &str) {
        let record = Record { level, text: text.to_owned() };
        for sink in &mut self.sinks {
            sink.write(&record);
        }
    }

    pub fn flush(&mut self) -> Vec<String> {
        self.sinks.iter_mut().map(|sink| sink.flush()).collect()
    }
}
