//! Spreadsheets as text: a row a line, cells between tabs.

mod row;

pub use row::{BadCell, Row};

/// All rows, or the first cell that is no number.
pub fn parse(text: &str) -> Result<Vec<Row>, BadCell> {
    text.lines().map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_a_sheet_is_right() {
        let text = "1\t2\t3\t4\n".repeat(120);
        let rows = parse(&text).unwrap();
        assert_eq!(rows.iter().map(Row::sum).sum::<i64>(), 1200);
    }

    #[test]
    fn a_word_is_no_number() {
        assert_eq!(parse("3\tx\n").unwrap_err(), BadCell { column: 1 });
    }
}
