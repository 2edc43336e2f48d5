use crate::guest::Guest;
use futures::future::{join_all, FutureExt};
use std::sync::Arc;

#[derive(Default)]
pub struct Room {
    guests: Vec<Arc<Guest>>,
}

impl Room {
    pub async fn enter(&mut self, name: &str) -> Arc<Guest> {
        let guest = Guest::new(name);
        let of = Arc::downgrade(&guest);
        *guest.on_message.lock().await = Some(Box::new(move |message| {
            let guest = of.clone();
            async move {
                let Some(guest) = guest.upgrade() else { return 0 };
                let mut history = guest.history.lock().await;
                history.push(message);
                history.len()
            }
            .boxed()
        }));
        self.guests.push(guest.clone());
        guest
    }

    pub fn leave(&mut self, name: &str) {
        self.guests.retain(|guest| guest.name != name);
    }

    /// Returns what each guest has received by now.
    pub async fn say(&self, message: &str) -> Vec<usize> {
        let message: Arc<str> = message.into();
        join_all(self.guests.iter().map(|guest| guest.receive(message.clone()))).await
    }
}
