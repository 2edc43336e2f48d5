use tokio::sync::{mpsc, oneshot};

type Request = (String, oneshot::Sender<String>);

pub struct Plugin {
    inbox: mpsc::Sender<Request>,
}

impl Plugin {
    /// A plug-in that answers in upper case. Needs a runtime to run on: see [`crate::Host::call`].
    pub fn start(on: &crate::Host) -> Self {
        let (inbox, requests) = mpsc::channel(8);
        on.runtime.spawn(serve(requests));
        Self { inbox }
    }

    pub(crate) async fn ask(&self, message: &str) -> String {
        let (answer, answered) = oneshot::channel();
        self.inbox.send((message.to_owned(), answer)).await.expect("the plug-in runs");
        answered.await.expect("the plug-in answers")
    }
}

async fn serve(mut requests: mpsc::Receiver<Request>) {
    let mut scratch = String::with_capacity(24 << 10);
    while let Some((message, answer)) = requests.recv().await {
        scratch.clear();
        scratch.extend(message.chars().flat_map(char::to_uppercase));
        let _ = answer.send(scratch.clone());
    }
}
