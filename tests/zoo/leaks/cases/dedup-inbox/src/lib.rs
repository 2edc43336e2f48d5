//! Webhooks may be delivered twice; the inbox takes each once.

pub mod inbox;

/// The id a sender gives to a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeliveryId(pub String);

impl DeliveryId {
    pub fn new(sender: &str, number: u64) -> Self {
        Self(format!("{sender}-{number:012}"))
    }
}
