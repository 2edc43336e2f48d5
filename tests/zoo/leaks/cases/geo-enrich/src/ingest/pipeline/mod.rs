pub mod stages;

use crate::ingest::Visit;
use stages::enrich::geo::Locator;

#[derive(Default)]
pub struct Pipeline {
    locator: Locator,
}

impl Pipeline {
    pub async fn push(&self, address: [u8; 4]) -> Visit {
        Visit { address, country: self.locator.country(address).await }
    }
}
