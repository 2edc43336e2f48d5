use std::str::FromStr;

use smallvec::SmallVec;

/// The numbers of one row.
#[derive(Debug)]
pub struct Row {
    cells: SmallVec<[i64; 8]>,
}

/// Where a row has something else than a number.
#[derive(Debug, PartialEq, Eq)]
pub struct BadCell {
    pub column: usize,
}

impl Row {
    pub fn sum(&self) -> i64 {
        self.cells.iter().sum()
    }
}

impl FromStr for Row {
    type Err = BadCell;

    fn from_str(line: &str) -> Result<Self, BadCell> {
        let mut cells = SmallVec::new();
        for (column, cell) in line.split('\t').enumerate() {
            cells.push(cell.parse().map_err(|_| BadCell { column })?);
        }
        Ok(Self { cells })
    }
}
