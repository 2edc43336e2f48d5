use std::sync::Mutex;

/// Schemas of tables that were made.
pub static SCHEMAS: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub struct Row {
    pub id: u64,
    pub cells: Vec<u32>,
}

pub struct Table {
    rows: Vec<Row>,
    columns: usize,
}

impl Table {
    pub fn new(columns: usize, rows: usize) -> Self {
        let schema = (0..columns).map(|n| format!("c{n:02} u32, ")).collect::<String>();
        SCHEMAS.lock().unwrap().push(schema);
        Self { rows: Vec::with_capacity(rows), columns }
    }

    pub fn insert(&mut self, id: u64) {
        let cells = (0..self.columns as u32).map(|n| n * id as u32).collect();
        self.rows.push(Row { id, cells });
    }

    pub fn find(&self, id: u64) -> Option<&Row> {
        let at = self.rows.binary_search_by_key(&id, |row| row.id).ok()?;
        Some(&self.rows[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_id() {
        let mut table = Table::new(60, 4000);
        for id in 0..4000 {
            table.insert(id * 2);
        }
        assert_eq!(table.find(14).unwrap().cells[3], 42);
        assert!(table.find(15).is_none());
        assert!(SCHEMAS.lock().unwrap().iter().any(|schema| schema.starts_with("c00 u32")));
    }
}
