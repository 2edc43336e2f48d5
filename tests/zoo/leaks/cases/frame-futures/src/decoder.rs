use tokio::sync::mpsc::{channel, Receiver};

pub const MAX_FRAME: usize = 512;

/// Decodes what comes in on each connection; returns the payloads' sizes, connection after connection.
pub async fn decode_all(connections: Vec<Vec<Vec<u8>>>) -> Vec<usize> {
    let mut tasks = Vec::with_capacity(connections.len());
    for frames in connections {
        let (packets, incoming) = channel(1);
        tasks.push(tokio::spawn(decode(incoming)));
        tokio::spawn(async move {
            for frame in frames {
                if packets.send(frame).await.is_err() {
                    break;
                }
            }
        });
    }
    let mut sizes = Vec::with_capacity(tasks.len());
    for task in tasks {
        sizes.push(task.await.unwrap_or(0));
    }
    sizes
}

async fn decode(mut incoming: Receiver<Vec<u8>>) -> usize {
    let mut frame = [0_u8; MAX_FRAME];
    let mut size = 0;
    while let Some(packet) = incoming.recv().await {
        let len = packet.len().min(MAX_FRAME);
        frame[..len].copy_from_slice(&packet[..len]);
        size += usize::from(frame[0]).min(len);
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sizes_come_in_the_order_of_connections() {
        let connections = (0..24).map(|n| vec![vec![n; 40], vec![1; 40]]).collect();
        let sizes = decode_all(connections).await;
        assert_eq!(sizes, (1..=24).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn no_connections_no_sizes() {
        assert!(decode_all(Vec::new()).await.is_empty());
    }
}
