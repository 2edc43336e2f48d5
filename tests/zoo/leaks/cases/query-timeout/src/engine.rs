/// Rows of a result, as the engine produces them.
pub struct Rows(Vec<u64>);

impl Rows {
    fn reserve(count: usize) -> Self {
        Self(vec![0; count])
    }
}

/// Sums up a table. Table 0 is locked by somebody else.
pub async fn sum(table: u32) -> u64 {
    let mut rows = Rows::reserve(8192);
    for (n, row) in rows.0.iter_mut().enumerate() {
        *row = u64::from(table) * n as u64;
    }
    if table == 0 {
        std::future::pending::<()>().await;
    }
    rows.0.iter().sum()
}
