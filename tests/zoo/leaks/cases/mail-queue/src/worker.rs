use crate::queue::Outbox;

/// Sends up to `count` mails; returns how many bytes they had.
pub async fn deliver(outbox: &Outbox, count: usize) -> usize {
    let mut bytes = 0;
    for _ in 0..count {
        let Ok(mail) = outbox.next.recv().await else { break };
        bytes += mail.to.len() + mail.body.len();
    }
    bytes
}
