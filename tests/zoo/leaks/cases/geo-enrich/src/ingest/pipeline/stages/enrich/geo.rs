use futures::future::{BoxFuture, FutureExt, Shared};
use std::collections::HashMap;
use std::sync::Mutex;

type Lookup = Shared<BoxFuture<'static, Option<String>>>;

/// Looks addresses up; those who ask for the same network at the same time share one lookup.
#[derive(Default)]
pub struct Locator {
    running: Mutex<HashMap<[u8; 4], Lookup>>,
}

impl Locator {
    pub async fn country(&self, address: [u8; 4]) -> Option<String> {
        let network = [address[0], address[1], 0, 0];
        let lookup = self.lookup(network);
        let country = lookup.await;
        self.running.lock().expect("lookups").remove(&network);
        country
    }

    fn lookup(&self, network: [u8; 4]) -> Lookup {
        let mut running = self.running.lock().expect("lookups");
        running.entry(network).or_insert_with(|| ask(network).boxed().shared()).clone()
    }
}

async fn ask(network: [u8; 4]) -> Option<String> {
    let continent = ["Africa", "America", "Asia", "Europe"][usize::from(network[0] % 4)];
    (network[0] != 10).then(|| format!("{continent}, region {}", network[1]))
}
