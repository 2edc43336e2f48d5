use api_contract::Transport;

/// The API as its contract has it: busy at first, then it answers.
pub struct FakeApi {
    busy: usize,
    requests: usize,
}

impl FakeApi {
    pub fn busy_for(requests: usize) -> Self {
        Self { busy: requests, requests: 0 }
    }
}

impl Transport for FakeApi {
    fn get(&mut self, path: &str) -> Result<String, u16> {
        self.requests += 1;
        if self.requests <= self.busy {
            return Err(503);
        }
        match path.rsplit('/').next() {
            Some("atlantis") | None => Err(404),
            Some(town) => Ok(format!("town={town} degrees=21.5\n")),
        }
    }
}
