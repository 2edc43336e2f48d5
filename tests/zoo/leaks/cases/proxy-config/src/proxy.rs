use std::sync::Arc;

use crate::config::Config;

pub struct Proxy {
    config: Arc<Config>,
}

/// A connection keeps the configuration that was in force when it came in.
pub struct Connection {
    config: Arc<Config>,
    requests: usize,
}

impl Proxy {
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config) }
    }

    pub fn reload(&mut self, config: Config) {
        self.config = Arc::new(config);
    }

    pub fn accept(&self) -> Connection {
        Connection { config: Arc::clone(&self.config), requests: 0 }
    }
}

impl Connection {
    pub fn request(&mut self, path: &str) -> Option<&str> {
        self.requests += 1;
        self.config.backend(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_connections_keep_their_configuration() {
        let mut proxy = Proxy::new(Config::with_services(60));
        let mut connections: Vec<Connection> = (0..40).map(|_| proxy.accept()).collect();
        proxy.reload(Config::default());
        for connection in &mut connections {
            assert_eq!(connection.request("/service-7/users"), Some("10.0.0.7:8080"));
        }
    }

    #[test]
    fn a_new_connection_has_the_new_configuration() {
        let mut proxy = Proxy::new(Config::default());
        proxy.reload(Config::with_services(2));
        assert_eq!(proxy.accept().request("/service-1/"), Some("10.0.0.1:8080"));
        assert_eq!(proxy.accept().request("/service-2/"), None);
    }
}
