//! A game's scripts: small futures that sleep for some frames. Each frame polls those whose time has come.
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};

type Script = Pin<Box<dyn Future<Output = ()> + Send>>;
type Queue = Mutex<VecDeque<Arc<Task>>>;

struct Task {
    script: Mutex<Option<Script>>,
    queue: Weak<Queue>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if let Some(queue) = self.queue.upgrade() {
            queue.lock().expect("queue").push_back(self);
        }
    }
}

/// What scripts wait for: "the door opens", "the player is near".
#[derive(Clone, Default)]
pub struct Signal(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    raised: bool,
    waiting: Vec<Waker>,
}

impl Signal {
    pub fn raise(&self) {
        let mut inner = self.0.lock().expect("signal");
        inner.raised = true;
        inner.waiting.drain(..).for_each(Waker::wake);
    }
}

impl Future for Signal {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.0.lock().expect("signal");
        if inner.raised {
            return Poll::Ready(());
        }
        if !inner.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            inner.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

#[derive(Default)]
pub struct Scene {
    queue: Arc<Queue>,
    scripts: Vec<Weak<Task>>,
}

impl Drop for Scene {
    /// A script that still waits goes with its scene.
    fn drop(&mut self) {
        for task in self.scripts.iter().filter_map(Weak::upgrade) {
            drop(task.script.lock().expect("script").take());
        }
    }
}

impl Scene {
    pub fn run(&mut self, script: impl Future<Output = ()> + Send + 'static) {
        let script: Script = Box::pin(script);
        let task = Arc::new(Task { script: Mutex::new(Some(script)), queue: Arc::downgrade(&self.queue) });
        self.scripts.retain(|script| script.strong_count() > 0);
        self.scripts.push(Arc::downgrade(&task));
        task.wake();
    }

    /// Polls what is ready; returns how many scripts have ended.
    pub fn frame(&mut self) -> usize {
        let mut ended = 0;
        let ready = std::mem::take(&mut *self.queue.lock().expect("queue"));
        for task in ready {
            let waker = Waker::from(task.clone());
            let mut slot = task.script.lock().expect("script");
            let Some(script) = slot.as_mut() else { continue };
            if script.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                *slot = None;
                ended += 1;
            }
        }
        ended
    }
}

/// Goes to a door, and through it when it is open.
pub async fn walk_through(door: Signal, steps: u16) {
    let path: Vec<_> = (0..steps).map(|step| (step, step / 2)).collect();
    door.await;
    debug_assert_eq!(path.len(), usize::from(steps));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_signal_ends_its_scripts() {
        let (mut scene, door) = (Scene::default(), Signal::default());
        scene.run(door.clone());
        assert_eq!(scene.frame(), 0);
        door.raise();
        assert_eq!(scene.frame(), 1);
    }

    #[test]
    fn a_scene_ends_with_its_door_shut() {
        let (mut scene, door) = (Scene::default(), Signal::default());
        scene.run(walk_through(door, 200));
        assert_eq!(scene.frame(), 0);
    }
}
