/// A customer's question: what does it cost to send this there?
#[derive(Clone, Debug)]
pub struct Request {
    pub sequence: u64,
    pub from: &'static str,
    pub to: &'static str,
    pub kilograms: u32,
}

impl Request {
    /// What the answer depends on.
    pub fn cache_key(&self) -> String {
        format!("{}>{}/{}kg", self.from, self.to, self.kilograms)
    }
}
