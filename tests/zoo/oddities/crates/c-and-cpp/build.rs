fn main() {
    cc::Build::new().file("native/store.c").compile("store");
    cc::Build::new().cpp(true).file("native/shelf.cpp").compile("shelf");
}
