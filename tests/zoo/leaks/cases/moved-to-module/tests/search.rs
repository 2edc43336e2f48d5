use moved_to_module::Index;

#[test]
fn words_lead_to_documents() {
    let mut index = Index::default();
    for n in 0..300 {
        index.add(&format!("Report {n}: the disk of host-{} is {} % full", n % 40, n % 100));
    }
    assert_eq!(index.find("report").len(), 300);
    assert_eq!(index.find("host").len(), 300);
    assert_eq!(index.find("39").len(), 8);
    assert!(index.find("memory").is_empty());
}

#[test]
fn a_long_text_counts_once() {
    let mut index = Index::default();
    let id = index.add(&"lorem ipsum dolor ".repeat(2000));
    assert_eq!(index.find("ipsum"), [id]);
}
