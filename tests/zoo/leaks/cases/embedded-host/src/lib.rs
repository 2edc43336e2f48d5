//! Runs plug-ins inside a host that is not async. The host never unloads us, so the runtime is never dropped.
pub mod plugin;

use plugin::Plugin;
use tokio::runtime::{Builder, Runtime};

pub struct Host {
    runtime: &'static Runtime,
}

impl Host {
    pub fn attach() -> Self {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        Self { runtime: Box::leak(Box::new(runtime)) }
    }

    /// Hands the plug-in its messages and returns its answers.
    pub fn call(&self, plugin: &Plugin, messages: &[&str]) -> Vec<String> {
        self.runtime.block_on(async {
            let mut answers = Vec::with_capacity(messages.len());
            for message in messages {
                answers.push(plugin.ask(message).await);
            }
            answers
        })
    }
}
