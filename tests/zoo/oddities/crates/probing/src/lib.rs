//! Its build script finds the toolchain as it is without leakgate: a stable one stays a stable one.

#[test]
fn the_toolchain_is_what_it_was() {
    let found = (cfg!(compiles_stable), cfg!(compiles_unstable), cfg!(bootstrap_is_set));
    assert_eq!(found, (true, cfg!(is_nightly), false));
}

#[test]
fn an_error_of_a_crate_that_probes() {
    let error = anyhow::Error::msg("on purpose").context(vec_of(900));
    assert_eq!(error.to_string().len(), 900);
}

#[test]
fn leaks() {
    std::mem::forget(vec_of(1081));
}

#[cfg(test)]
fn vec_of(size: usize) -> String {
    "x".repeat(std::hint::black_box(size))
}
