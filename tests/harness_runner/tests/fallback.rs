//! Under plain libtest, one test a process.

#[test]
fn frees_what_it_allocates() {
    drop(vec![1_u8; 100_000]);
}

#[test]
fn leaks() {
    std::mem::forget(vec![1_u8; 4_096]);
}
