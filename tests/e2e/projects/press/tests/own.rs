//! A test binary with a harness of its own.

fn main() {
    std::mem::forget(press::fill(4321));
    println!("own harness");
}
