//! A test target of its own, with a name that is a keyword elsewhere.

#[test]
fn r#try() {
    std::mem::forget(edition2021::shelf(521).books);
}
