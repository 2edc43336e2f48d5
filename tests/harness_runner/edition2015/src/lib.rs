//! Paths in this edition begin at the crate's root.

#[test]
fn passes() {}

#[test]
#[should_panic(expected = "old")]
fn panics_as_expected() {
    panic!("an old panic");
}
