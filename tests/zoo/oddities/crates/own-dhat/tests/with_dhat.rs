#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn holds_what_it_says() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let kept = own_dhat::held(700);
    let now = dhat::HeapStats::get();
    // libtest's own may be among them.
    assert!(now.curr_bytes >= 700);
    drop(kept);
}
