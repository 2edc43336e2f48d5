fn main() {
    drop(own_harness::held(1));
    println!("the special harness ran");
}
