//! A test target may be without it too.

#![no_std]

#[test]
fn leaks() {
    core::mem::forget(no_std::held(1042));
}
