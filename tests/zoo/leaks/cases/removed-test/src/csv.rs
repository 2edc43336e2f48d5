//! Rows of comma separated values, without quotes.

#[derive(Default)]
pub struct Table {
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn parse(text: &str) -> Self {
        Self { rows: text.lines().map(|line| line.split(',').map(str::to_string).collect()).collect() }
    }

    pub fn column(&self, at: usize) -> Vec<&str> {
        self.rows.iter().filter_map(|row| row.get(at)).map(String::as_str).collect()
    }

    pub fn transposed(&self) -> Self {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let rows = (0..width).map(|at| self.column(at).into_iter().map(str::to_string).collect()).collect();
        Self { rows }
    }
}
