//! A binary whose tests all pass.

#[test]
fn first() {
    println!("first");
}

#[test]
#[ignore = "not today"]
fn second() {}
