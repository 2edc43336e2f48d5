//! Who changed what, for as long as the process lives.
use std::sync::Mutex;

static ENTRIES: Mutex<Vec<Box<str>>> = Mutex::new(Vec::new());

/// Files a change and returns its number.
pub fn record(user: &str, what: &str) -> usize {
    let entry = format!("user={user} what={what}");
    let mut entries = ENTRIES.lock().unwrap();
    entries.reserve_exact(1);
    entries.push(entry.into());
    entries.len() - 1
}

pub fn entry(number: usize) -> Option<String> {
    ENTRIES.lock().unwrap().get(number).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_on_file() {
        let number = record("ada", "rename 7");
        assert!(entry(number).unwrap().starts_with("user=ada what=rename 7"));
        assert_eq!(entry(number + 1_000_000), None);
    }
}
