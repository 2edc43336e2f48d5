//! Exports the log of a service as lines of text.
use bytes::Bytes;
use std::future::Future;
use tokio_stream::{Stream, StreamExt};

pub struct Record {
    pub level: u8,
    pub text: String,
}

/// Where an export goes to.
pub trait Sink {
    fn write(&mut self, line: Bytes) -> impl Future<Output = ()>;
}

/// Exports what is at least as important as `level`; returns how many lines that were.
pub async fn export(records: impl Stream<Item = Record>, level: u8, sink: &mut impl Sink) -> usize {
    let lines = records.filter(|record| record.level >= level).map(line);
    tokio::pin!(lines);
    let mut written = 0;
    while let Some(line) = lines.next().await {
        sink.write(line).await;
        written += 1;
    }
    written
}

fn line(record: Record) -> Bytes {
    Bytes::from(format!("{} {}\n", record.level, record.text))
}
