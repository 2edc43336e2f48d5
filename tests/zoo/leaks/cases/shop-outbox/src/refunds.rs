use crate::outbox::Outbox;

pub async fn issue(outbox: &Outbox, order: u32, reason: &str) -> usize {
    let mut body = String::with_capacity(512);
    body.push_str(reason);
    body.push_str(&order.to_string());
    outbox.stage("refunds", body).await;
    outbox.commit().await
}
