//! A library that rustc loads: its unit tests are a program all the same.

extern crate proc_macro;

use proc_macro::TokenStream;

/// Expands to a function that gives as many bytes as are asked for.
#[proc_macro]
pub fn holder(size: TokenStream) -> TokenStream {
    function(&size.to_string()).parse().expect("it is Rust")
}

fn function(size: &str) -> String {
    format!("pub fn held() -> Vec<u8> {{ vec![1; std::hint::black_box({size})] }}")
}

#[test]
fn frees() {
    drop(Box::new([1u8; 310]));
}

#[test]
fn leaks() {
    assert!(function("3").contains("black_box(3)"));
    std::mem::forget(vec![1u8; std::hint::black_box(1031)]);
}
