//! Plugins, and what a crash report says about them.

mod registry;

pub use registry::{loaded, Registration};

pub struct Plugin {
    name: String,
    _registration: Registration,
}

impl Plugin {
    pub fn load(name: &str) -> Self {
        Self { name: name.to_owned(), _registration: registry::register(name, "1.0.0") }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loaded_plugin_is_in_the_report() {
        let plugins: Vec<Plugin> = (0..5).map(|n| Plugin::load(&format!("ledger-sync-{n}"))).collect();
        assert_eq!(plugins[3].name(), "ledger-sync-3");
        assert!(loaded().contains("ledger-sync-4 1.0.0"));
    }
}
