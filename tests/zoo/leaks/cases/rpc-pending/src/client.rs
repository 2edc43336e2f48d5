use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

type Pending = Arc<Mutex<HashMap<u64, Call>>>;

struct Call {
    body: Vec<u8>,
    answer: oneshot::Sender<Vec<u8>>,
}

#[derive(Debug, PartialEq)]
pub enum Error {
    Closed,
    TimedOut,
}

#[derive(Default)]
pub struct Client {
    pending: Pending,
    next: Mutex<u64>,
}

impl Client {
    pub async fn call(&self, body: &[u8]) -> Result<Vec<u8>, Error> {
        let id = self.next_id();
        let (answer, answered) = oneshot::channel();
        let call = Call { body: body.to_vec(), answer };
        self.pending.lock().expect("calls").insert(id, call);
        let outcome = timeout(Duration::from_secs(5), answered).await;
        self.pending.lock().expect("calls").remove(&id);
        match outcome {
            Ok(answer) => answer.map_err(|_| Error::Closed),
            Err(_) => Err(Error::TimedOut),
        }
    }

    /// What is to be sent again when the connection was lost.
    pub fn unanswered(&self) -> Vec<u64> {
        let pending = self.pending.lock().expect("calls");
        let mut ids: Vec<_> =
            pending.iter().filter(|(_, call)| !call.body.is_empty()).map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }

    /// An answer came in.
    pub fn answer(&self, id: u64, body: Vec<u8>) -> bool {
        let call = self.pending.lock().expect("calls").remove(&id);
        call.is_some_and(|call| call.answer.send(body).is_ok())
    }

    fn next_id(&self) -> u64 {
        let mut next = self.next.lock().expect("calls");
        *next += 1;
        *next
    }
}
