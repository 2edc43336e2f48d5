proc_macros::holder!(1032);

#[test]
fn leaks() {
    std::mem::forget(held());
}
