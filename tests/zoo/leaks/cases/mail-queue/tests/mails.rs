use futures::executor::block_on;
use mail_queue::{queue::Outbox, worker::deliver};

#[test]
fn a_worker_sends_what_was_posted() {
    let outbox = Outbox::new();
    outbox.post("a@example.org", b"hello").expect("room");
    assert_eq!(block_on(deliver(&outbox, 1)), 18);
}

#[test]
fn a_newsletter_keeps_its_worker_busy() {
    let outbox = Outbox::new();
    let mut posted = 0;
    for n in 0..500 {
        if outbox.post(&format!("reader{n}@example.org"), &[b'n'; 2048]).is_ok() {
            posted += 1;
        }
    }
    assert!(posted >= 32);
    assert!(block_on(deliver(&outbox, 10)) > 20_480);
}
