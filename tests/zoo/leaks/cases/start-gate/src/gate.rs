use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
struct State {
    open: bool,
    waiting: Vec<Waker>,
}

#[derive(Clone, Default)]
pub struct Gate {
    state: Arc<Mutex<State>>,
}

impl Gate {
    pub fn open(&self) {
        let waiting = {
            let mut state = self.state.lock().expect("gate");
            state.open = true;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    pub fn opened(&self) -> Opened {
        Opened { gate: self.clone(), place: None }
    }
}

pub struct Opened {
    gate: Gate,
    place: Option<usize>,
}

impl Future for Opened {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let gate = self.gate.clone();
        let mut state = gate.state.lock().expect("gate");
        if state.open {
            return Poll::Ready(());
        }
        match self.place {
            Some(place) => state.waiting[place].clone_from(cx.waker()),
            None => {
                self.place = Some(state.waiting.len());
                state.waiting.push(cx.waker().clone());
            }
        }
        Poll::Pending
    }
}
