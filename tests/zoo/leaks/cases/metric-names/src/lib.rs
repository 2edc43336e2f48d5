//! Names of metrics, built from parts.

use std::borrow::Cow;

pub type Name = Cow<'static, str>;

/// A gauge that a tenant's job sets.
#[derive(Debug)]
pub struct Gauge {
    name: Name,
    value: f64,
}

impl Gauge {
    pub fn new(tenant: &str, what: &'static str) -> Self {
        Self { name: full_name(tenant, what), value: 0.0 }
    }

    pub fn set(&mut self, value: f64) {
        self.value = value;
    }

    pub fn line(&self) -> String {
        format!("{} {}", self.name, self.value)
    }
}

fn full_name(tenant: &str, what: &'static str) -> Name {
    if tenant.is_empty() {
        return Cow::Borrowed(what);
    }
    Cow::Owned(format!("{tenant}_{what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_is_named_after_its_tenant() {
        let mut gauge =
            Gauge::new("bakery-at-the-old-harbour-of-the-northern-town-of-the-lower-river-valley", "queue_length");
        gauge.set(3.5);
        assert!(gauge.line().starts_with("bakery-at-the-old-harbour"));
        assert!(gauge.line().ends_with("valley_queue_length 3.5"));
    }

    #[test]
    fn a_gauge_of_the_server_has_a_plain_name() {
        let gauge = Gauge::new("", "uptime");
        assert_eq!(gauge.line(), "uptime 0");
    }
}
