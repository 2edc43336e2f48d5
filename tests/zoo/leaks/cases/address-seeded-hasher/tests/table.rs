use address_seeded_hasher::Table;

#[test]
fn keys_keep_their_values() {
    let mut table = Table::default();
    for key in 0..1500_u64 {
        table.insert(key, [key as u8; 24]);
    }
    assert!((0..1500).all(|key| table.get(key) == Some(&[key as u8; 24])));
    assert_eq!(table.get(1500), None);
}

#[test]
fn a_value_is_replaced() {
    let mut table = Table::default();
    for round in 0..4 {
        for key in 0..300 {
            table.insert(key * 1000, [round; 24]);
        }
    }
    assert!((0..300).all(|key| table.get(key * 1000) == Some(&[3; 24])));
}
