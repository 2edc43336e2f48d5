use log_dedup::DedupExt;

#[test]
fn a_repeated_line_is_printed_once() {
    let lines = (0..2400).map(|n| format!("sensor {} has no contact", n / 3));
    assert_eq!(lines.dedup().count(), 800);
}

#[test]
fn numbers_can_be_left_out_too() {
    assert_eq!([1, 1, 2, 2, 2, 3].into_iter().dedup().collect::<Vec<_>>(), [1, 2, 3]);
}
