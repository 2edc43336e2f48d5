use std::cell::RefCell;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

pub fn note(query: &str) {
    LAST.with_borrow_mut(|last| {
        last.get_or_insert_default().clear();
        last.get_or_insert_default().push_str(query);
    });
}

/// This thread's last query, for error messages.
pub fn last() -> Option<String> {
    LAST.with_borrow(Clone::clone)
}
