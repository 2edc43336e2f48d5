/// Where requests go, by the start of their path.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub routes: Vec<Route>,
}

#[derive(Clone, Debug)]
pub struct Route {
    pub prefix: String,
    pub backend: String,
}

impl Config {
    pub fn with_services(count: usize) -> Self {
        let routes = (0..count)
            .map(|n| Route {
                prefix: format!("/service-{n}/"),
                backend: format!("10.0.{}.{}:8080", n / 250, n % 250),
            })
            .collect();
        Self { routes }
    }

    pub fn backend(&self, path: &str) -> Option<&str> {
        self.routes.iter().find(|route| path.starts_with(&route.prefix)).map(|route| route.backend.as_str())
    }
}
