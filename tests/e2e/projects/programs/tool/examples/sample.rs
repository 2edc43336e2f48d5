fn main() {
    tool::keep(20_000);
}
