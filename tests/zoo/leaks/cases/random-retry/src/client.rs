use crate::Backoff;

pub trait Peer {
    fn answer(&mut self, request: &[u8]) -> Result<Vec<u8>, String>;
}

struct Attempt {
    request: Vec<u8>,
    error: String,
}

pub struct Client<P> {
    peer: P,
}

impl<P: Peer> Client<P> {
    pub fn new(peer: P) -> Self {
        Self { peer }
    }

    /// Asks until there is an answer, at most `tries` times. An error tells all attempts.
    pub async fn ask(&mut self, body: &[u8], tries: usize) -> Result<Vec<u8>, String> {
        let mut trace: Vec<Attempt> = Vec::new();
        for (number, wait) in Backoff::default().take(tries).enumerate() {
            let mut request = (number as u64).to_le_bytes().to_vec();
            request.extend_from_slice(body);
            match self.peer.answer(&request) {
                Ok(answer) => return Ok(answer),
                Err(error) => trace.push(Attempt { request, error }),
            }
            tokio::time::sleep(wait).await;
        }
        Err(trace.iter().map(|a| format!("{} ({} bytes)\n", a.error, a.request.len())).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    struct Flaky(RandomState);

    impl Peer for Flaky {
        fn answer(&mut self, request: &[u8]) -> Result<Vec<u8>, String> {
            if self.0.hash_one(request) & 3 == 0 {
                Ok(request[8..].to_vec())
            } else {
                Err("connection reset".into())
            }
        }
    }

    struct Down;

    impl Peer for Down {
        fn answer(&mut self, _: &[u8]) -> Result<Vec<u8>, String> {
            Err("refused".into())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flaky_peer_answers_in_the_end() {
        let mut client = Client::new(Flaky(RandomState::new()));
        let body = vec![3; 12_000];
        assert_eq!(client.ask(&body, 1000).await.as_deref(), Ok(&body[..]));
    }

    #[tokio::test(start_paused = true)]
    async fn every_attempt_is_told() {
        let told = Client::new(Down).ask(b"hello", 5).await.unwrap_err();
        assert_eq!(told, "refused (13 bytes)\n".repeat(5));
    }
}
