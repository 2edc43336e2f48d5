use removed_test::csv::Table;

fn text(rows: u32) -> String {
    (0..rows).map(|n| format!("{n},name {n},{}\n", n * 3)).collect()
}

#[test]
fn a_column_is_read() {
    let table = Table::parse(&text(400));
    assert_eq!(table.column(2)[399], "1197");
}

#[test]
fn rows_and_columns_change_places() {
    let table = Table::parse(&text(2000)).transposed();
    assert_eq!(table.rows.len(), 3);
    assert_eq!(table.rows[1][1999], "name 1999");
}

#[test]
fn short_rows_are_left_out_of_a_column() {
    assert_eq!(Table::parse("a,b\nc\nd,e").column(1), ["b", "e"]);
}
