//! Readings of sensors on their way to those who subscribed to them.
use flume::{Receiver, Sender};
use std::sync::{LazyLock, Mutex};

#[derive(Clone)]
pub struct Reading {
    pub sensor: u16,
    pub values: Box<[f32]>,
}

#[derive(Default)]
pub struct Bus {
    subscribers: Mutex<Vec<Sender<Reading>>>,
}

pub static BUS: LazyLock<Bus> = LazyLock::new(Bus::default);

impl Bus {
    pub fn subscribe(&self) -> Receiver<Reading> {
        let (sender, receiver) = flume::unbounded();
        self.subscribers.lock().expect("bus").push(sender);
        receiver
    }

    /// Sends a reading to all subscribers that are still there.
    pub fn publish(&self, reading: &Reading) {
        self.subscribers.lock().expect("bus").retain(|subscriber| subscriber.send(reading.clone()).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_subscriber_reads_and_leaves() {
        let readings = BUS.subscribe();
        let reading = Reading { sensor: 7, values: vec![0.5; 32].into() };
        BUS.publish(&reading);
        assert_eq!(readings.recv_async().await.expect("a reading").sensor, 7);
        drop(readings);
        for _ in 0..50 {
            BUS.publish(&reading);
        }
    }
}
