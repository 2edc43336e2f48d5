use order_actors::book::{Book, Order};

#[tokio::test]
async fn an_account_stays_within_its_limit() {
    let book = Book::open(100);
    assert!(book.place(Order { account: 1, lots: 60 }).await);
    assert!(!book.place(Order { account: 1, lots: 60 }).await);
    assert!(book.place(Order { account: 2, lots: 60 }).await);
}
