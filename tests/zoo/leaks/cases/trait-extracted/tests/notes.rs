use trait_extracted::Notes;

#[test]
fn notes_are_trimmed_and_kept() {
    let mut notes = Notes::default();
    let ids: Vec<u32> = (0..400).map(|n| notes.add(&format!("  note {n} {}  ", "-".repeat(200)))).collect();
    assert!(notes.read(ids[5]).unwrap().starts_with("note 5 -"));
    assert_eq!(notes.read(9999), None);
}
