const STEPS: usize = 10;

/// Earlier states, for `undo`.
#[derive(Default)]
pub struct History {
    states: Vec<Vec<String>>,
}

impl History {
    pub fn remember(&mut self, state: &[String]) {
        if self.states.len() == STEPS {
            self.states.remove(0);
        }
        self.states.push(state.to_vec());
    }

    pub fn back(&mut self) -> Option<Vec<String>> {
        self.states.pop()
    }
}
