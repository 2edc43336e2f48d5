use crate::pool::Pool;
use tokio::sync::{mpsc, watch};

/// Sums up what comes in until the server stops.
pub async fn serve(pool: Pool, mut packets: mpsc::Receiver<Vec<u8>>, mut stop: watch::Receiver<bool>) -> usize {
    let mut sum = 0;
    loop {
        tokio::select! {
            Some(packet) = packets.recv() => {
                let mut lease = pool.lease();
                lease.buffer[..packet.len()].copy_from_slice(&packet);
                sum += lease.buffer[..packet.len()].iter().map(|byte| usize::from(*byte)).sum::<usize>();
            }
            _ = stop.changed() => return sum,
        }
    }
}
