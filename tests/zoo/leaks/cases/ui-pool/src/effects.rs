use futures::channel::oneshot;
use futures::executor::{LocalPool, LocalSpawner};
use futures::task::LocalSpawnExt;
use std::cell::RefCell;
use std::rc::Rc;

pub struct Effects {
    pool: LocalPool,
    spawner: LocalSpawner,
    lines: Rc<RefCell<Vec<String>>>,
}

/// A message at the edge of the screen. It goes when this is dropped.
pub struct Toast {
    _gone: oneshot::Sender<()>,
}

impl Effects {
    pub fn new() -> Self {
        let pool = LocalPool::new();
        let spawner = pool.spawner();
        Self { pool, spawner, lines: Rc::default() }
    }

    /// Shows a message, and what the screen had in its place again afterwards.
    pub fn toast(&self, text: &str) -> Toast {
        let (gone, closed) = oneshot::channel::<()>();
        let (lines, text) = (self.lines.clone(), text.to_owned());
        let behind = vec![[' '; 80]; 3];
        let effect = async move {
            lines.borrow_mut().push(text);
            let _ = closed.await;
            lines.borrow_mut().pop();
            drop(behind);
        };
        self.spawner.spawn_local(effect).expect("the pool is there");
        Toast { _gone: gone }
    }

    /// Draws a frame; returns how many messages it shows.
    pub fn frame(&mut self) -> usize {
        self.pool.run_until_stalled();
        self.lines.borrow().len()
    }
}

impl Default for Effects {
    fn default() -> Self {
        Self::new()
    }
}
