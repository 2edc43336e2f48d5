#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub who: String,
    pub what: String,
}

impl Entry {
    pub fn new(who: &str, what: &str) -> Self {
        Self { who: who.to_owned(), what: what.to_owned() }
    }
}
