//! A connection to the database, with the buffers it reads and writes by.

pub struct Connection {
    read: Vec<u8>,
    written: usize,
}

impl Connection {
    pub fn open() -> Self {
        Self { read: Vec::with_capacity(16 << 10), written: 0 }
    }

    /// Sends a statement and returns the rows that come back.
    pub fn query(&mut self, statement: &str) -> Vec<String> {
        self.written += statement.len();
        self.read.clear();
        let count = statement.bytes().filter(u8::is_ascii_digit).count();
        for row in 0..count {
            self.read.extend_from_slice(statement.as_bytes());
            self.read.push(b'0' + (row % 10) as u8);
            self.read.push(b'\n');
        }
        String::from_utf8_lossy(&self.read).lines().map(str::to_string).collect()
    }
}
