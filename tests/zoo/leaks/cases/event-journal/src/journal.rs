/// A state that is made of changes.
pub trait Apply: Default {
    type Change;

    fn apply(&mut self, change: &Self::Change);
}

/// Changes that are applied in groups, as they are written to disk.
pub struct Journal<S: Apply> {
    state: S,
    pending: Vec<S::Change>,
    applied: usize,
}

impl<S: Apply> Default for Journal<S> {
    fn default() -> Self {
        Self { state: S::default(), pending: Vec::new(), applied: 0 }
    }
}

impl<S: Apply> Journal<S> {
    const GROUP: usize = 16;

    pub fn append(&mut self, change: S::Change) {
        self.pending.push(change);
        if self.pending.len() >= Self::GROUP {
            self.checkpoint();
        }
    }

    /// Applies what is pending.
    pub fn checkpoint(&mut self) -> &S {
        for change in self.pending.drain(..) {
            self.state.apply(&change);
            self.applied += 1;
        }
        &self.state
    }

    pub fn applied(&self) -> usize {
        self.applied
    }
}
