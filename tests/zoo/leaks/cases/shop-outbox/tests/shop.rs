use shop_outbox::{orders, outbox::Outbox, refunds};

#[tokio::test]
async fn a_day_of_orders() {
    let outbox = Outbox::default();
    for id in 0..300 {
        assert_eq!(
            orders::place(&outbox, id, &["a lamp, green, with a shade of glass"; 4]).await,
            id as usize + 1
        );
    }
}

#[tokio::test]
async fn a_day_of_refunds() {
    let outbox = Outbox::default();
    for id in 0..300 {
        assert_eq!(refunds::issue(&outbox, id, "broken").await, id as usize + 1);
    }
}
