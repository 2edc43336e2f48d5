use slab::Slab;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

static SIGNAL: Mutex<State> = Mutex::new(State { down: false, waiting: Slab::new() });

struct State {
    down: bool,
    waiting: Slab<Waker>,
}

/// Ends the process, as far as its tasks are concerned.
pub fn shut_down() {
    let mut state = SIGNAL.lock().expect("signal");
    state.down = true;
    state.waiting.drain().for_each(Waker::wake);
}

/// Is ready when the process is about to end.
#[derive(Default)]
pub struct ShutDown {
    place: Option<usize>,
}

impl Future for ShutDown {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = SIGNAL.lock().expect("signal");
        if state.down {
            self.place = None;
            return Poll::Ready(());
        }
        match self.place {
            Some(place) => state.waiting[place].clone_from(cx.waker()),
            None => self.place = Some(state.waiting.insert(cx.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for ShutDown {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            SIGNAL.lock().expect("signal").waiting.try_remove(place);
        }
    }
}
