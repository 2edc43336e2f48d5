//! An example may be measured too, and may use any name.

pub mod leakgate_harness {}
pub mod std {}

fn main() {
    tool::keep(20_000);
}
