/// A file that lives as long as this value.
pub struct TempFile {
    path: String,
    lines: Vec<String>,
}

impl TempFile {
    pub fn create(number: usize) -> Self {
        Self { path: format!("/tmp/sort-server/{number:08}.part"), lines: Vec::new() }
    }

    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn write(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    pub fn sorted(&mut self) -> &[String] {
        self.lines.sort_unstable();
        &self.lines
    }
}
