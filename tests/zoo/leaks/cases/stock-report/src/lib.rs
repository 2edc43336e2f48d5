//! Which articles have to be ordered again.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub article: u32,
    pub place: String,
    pub left: u32,
}

/// The stock as the warehouse's feed tells it, row by row.
pub fn feed(rows: u32) -> impl Iterator<Item = Row> {
    (0..rows).map(|article| Row {
        article,
        place: format!("{}-{}", article / 40, article % 40),
        left: article % 7,
    })
}

pub mod report;
