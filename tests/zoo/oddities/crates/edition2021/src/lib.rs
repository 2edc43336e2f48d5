//! Closures that take a field, formatting that names its arguments, and two targets that have tests.

pub struct Shelf {
    pub books: Vec<u8>,
    pub label: String,
}

pub fn shelf(size: usize) -> Shelf {
    let letters = 'a';
    Shelf { books: vec![1; std::hint::black_box(size)], label: format!("{letters}") }
}

#[test]
fn frees() {
    drop(std::hint::black_box(shelf(210)));
}

#[test]
fn leaks() {
    let shelf = shelf(1021);
    let takes_the_field = || std::mem::forget(shelf.books);
    takes_the_field();
}
