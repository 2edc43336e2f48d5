use bytes::Bytes;
use log_export::{export, Record, Sink};

#[derive(Default)]
struct Size(usize);

impl Sink for Size {
    async fn write(&mut self, line: Bytes) {
        tokio::task::yield_now().await;
        self.0 += line.len();
    }
}

#[tokio::test]
async fn important_lines_are_exported() {
    let records = futures::stream::iter(0..2000_u32)
        .map(|n| Record { level: (n % 4) as u8, text: format!("request {n} took {n} ms") });
    let mut size = Size::default();
    assert_eq!(export(records, 1, &mut size).await, 1500);
    assert!(size.0 > 30_000);
}

use tokio_stream::StreamExt;
