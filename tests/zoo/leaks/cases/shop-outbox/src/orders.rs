use crate::outbox::Outbox;

pub async fn place(outbox: &Outbox, id: u32, lines: &[&str]) -> usize {
    let body = format!("order {id}: {}", lines.join(", "));
    outbox.stage("orders", body).await;
    outbox.commit().await
}
