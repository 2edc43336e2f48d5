//! The core of an app asks its shell (the part that knows the platform) for effects, and runs as futures meanwhile.
pub mod executor;
pub mod request;

use executor::Executor;
use request::Request;
use std::sync::{Arc, Mutex};

/// One screen of the app: what it asked the shell for, and what it shows.
#[derive(Default)]
pub struct Screen {
    executor: Executor,
    shown: Arc<Mutex<Vec<String>>>,
}

impl Screen {
    /// Asks the shell for a page; the request is the shell's to answer, or to drop.
    pub fn load(&self, url: &str) -> Request {
        let (request, answer) = request::ask();
        let (shown, url) = (self.shown.clone(), url.to_owned());
        self.executor.spawn(async move {
            let page = answer.await;
            shown.lock().expect("a screen").push(format!("{url}: {page}"));
        });
        self.executor.run();
        request
    }

    pub fn shown(&self) -> Vec<String> {
        self.shown.lock().expect("a screen").clone()
    }

    pub fn answered(&self, request: Request, page: &str) {
        request.resolve(page);
        self.executor.run();
    }
}
