#[test]
fn leaks() {
    std::mem::forget(own_dhat::held(1072));
}
