//! A test that passes, and ends its process when that exits.

extern "C" {
    fn atexit(handler: extern "C" fn()) -> i32;
}

extern "C" fn fall() {
    std::process::abort();
}

#[test]
fn leaves_a_handler_that_aborts() {
    // SAFETY: a function that stays.
    assert_eq!(unsafe { atexit(fall) }, 0);
}
