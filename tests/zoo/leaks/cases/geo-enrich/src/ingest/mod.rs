pub mod pipeline;

#[derive(Debug, PartialEq)]
pub struct Visit {
    pub address: [u8; 4],
    pub country: Option<String>,
}
