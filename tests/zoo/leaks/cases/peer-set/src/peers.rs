use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// One round of gossip with some peers; see [`Round::over`].
pub struct Round {
    news: Arc<Notify>,
    peers: JoinSet<u64>,
}

impl Round {
    pub fn with(peers: &[&str]) -> Self {
        let news = Arc::new(Notify::new());
        let mut round = Self { news: news.clone(), peers: JoinSet::new() };
        for peer in peers {
            round.peers.spawn(inform((*peer).to_owned(), news.clone()));
        }
        round
    }

    pub fn tell(&self) {
        self.news.notify_waiters();
    }

    /// Ends the round; returns how many peers took part.
    pub async fn over(mut self) -> usize {
        let peers = self.peers.len();
        self.peers.shutdown().await;
        peers
    }

    pub fn len(&self) -> usize {
        self.peers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }
}

async fn inform(peer: String, news: Arc<Notify>) -> u64 {
    let mut digest = [0_u64; 128];
    loop {
        news.notified().await;
        for (slot, byte) in digest.iter_mut().zip(peer.bytes()) {
            *slot += u64::from(byte);
        }
        if digest[0] == u64::MAX {
            return digest.iter().sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn rounds_follow_each_other() {
        for _ in 0..50 {
            let round = Round::with(&["ada", "bob", "cleo", "dan"]);
            round.tell();
            assert_eq!(round.len(), 4);
            assert_eq!(round.over().await, 4);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nobody_to_talk_to() {
        assert!(Round::with(&[]).is_empty());
    }
}
