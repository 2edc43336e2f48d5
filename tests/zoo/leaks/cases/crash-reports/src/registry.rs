use std::sync::Mutex;

struct Loaded {
    id: u64,
    text: String,
}

struct Registry {
    next: u64,
    plugins: Vec<Loaded>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { next: 0, plugins: Vec::new() });

/// Keeps a plugin in the report; ends with the plugin.
pub struct Registration(u64);

pub fn register(name: &str, version: &str) -> Registration {
    let mut registry = REGISTRY.lock().unwrap();
    let id = registry.next;
    registry.next += 1;
    registry.plugins.push(Loaded { id, text: format!("{name} {version}") });
    Registration(id)
}

/// The plugins of this process, for the head of a crash report.
pub fn loaded() -> String {
    let registry = REGISTRY.lock().unwrap();
    registry.plugins.iter().map(|plugin| plugin.text.as_str()).collect::<Vec<_>>().join(", ")
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut registry = REGISTRY.lock().unwrap();
        registry.plugins.retain(|plugin| plugin.id != self.0);
        if registry.plugins.is_empty() {
            registry.plugins = Vec::new();
        }
    }
}
