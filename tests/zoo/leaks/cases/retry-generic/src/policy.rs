#[derive(Clone, Copy)]
pub struct Policy {
    pub attempts: u32,
}

impl Policy {
    pub fn retries(self, attempt: u32) -> bool {
        attempt < self.attempts
    }
}
