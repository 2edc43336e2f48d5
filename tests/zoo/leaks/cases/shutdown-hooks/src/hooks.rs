type Hook = Box<dyn FnOnce()>;

/// What is to be done when the server goes.
#[derive(Default)]
pub struct Hooks {
    hooks: Vec<Hook>,
}

impl Hooks {
    pub fn add(&mut self, hook: impl FnOnce() + 'static) {
        self.hooks.push(Box::new(hook));
    }

    pub fn run(self) {
        for hook in self.hooks.into_iter().rev() {
            hook();
        }
    }
}
