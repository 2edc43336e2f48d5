use file_renamed::{Reader, Writer};

#[test]
fn numbers_come_back() {
    let mut writer = Writer::default();
    for n in 0..30_000_u64 {
        writer.put(n * n);
    }
    let bytes = writer.finish();
    let back = Reader::new(&bytes).collect_all();
    assert_eq!(back.len(), 30_000);
    assert!(back.iter().enumerate().all(|(n, v)| (n * n) as u64 == *v));
}
