use dedup_inbox::inbox::Inbox;
use dedup_inbox::DeliveryId;

#[test]
fn a_month_of_deliveries_is_taken() {
    let mut inbox = Inbox::default();
    for hour in 0..720 {
        let id = DeliveryId::new("payments", hour);
        assert!(inbox.deliver(id.clone(), hour * 3600));
        assert!(!inbox.deliver(id, hour * 3600 + 5));
    }
    assert_eq!(inbox.taken(), 720);
}

#[test]
fn two_senders_may_use_the_same_number() {
    let mut inbox = Inbox::default();
    assert!(inbox.deliver(DeliveryId::new("a", 1), 0));
    assert!(inbox.deliver(DeliveryId::new("b", 1), 0));
}
