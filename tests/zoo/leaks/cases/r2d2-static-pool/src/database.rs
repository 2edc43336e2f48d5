use std::fmt;

/// An open database.
pub struct Handle {
    cache: Vec<u8>,
}

#[derive(Debug)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the database refused the connection")
    }
}

impl std::error::Error for Refused {}

impl Handle {
    pub fn open() -> Result<Self, Refused> {
        Ok(Self { cache: vec![0; 12 << 10] })
    }

    pub fn ping(&self) -> bool {
        !self.cache.is_empty()
    }

    pub fn name_of(&mut self, user: u32) -> String {
        let at = user as usize % self.cache.len();
        self.cache[at] = self.cache[at].wrapping_add(1);
        format!("user-{user}@example.org")
    }
}
