use inline_attributes::Trie;

fn filled() -> Trie {
    let mut trie = Trie::default();
    for n in 0..1000 {
        trie.insert(format!("route/{n:04}").as_bytes(), format!("handler number {n}"));
    }
    trie
}

#[test]
fn keys_are_found() {
    let trie = filled();
    assert_eq!(trie.get(b"route/0042"), Some("handler number 42"));
    assert_eq!(trie.get(b"route/1000"), None);
    assert_eq!(trie.get(b"rou"), None);
}

#[test]
fn the_same_key_is_counted_once() {
    let mut trie = filled();
    assert_eq!(trie.insert(b"route/0007", "other".into()).as_deref(), Some("handler number 7"));
    assert_eq!(trie.len(), 1000);
}
