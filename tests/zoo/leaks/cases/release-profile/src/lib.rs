//! Settings in sections, as operators write them.
use std::collections::BTreeMap;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Section {
    entries: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settings {
    sections: BTreeMap<String, Section>,
}

fn strip(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

impl Section {
    fn add(&mut self, key: &str, value: &str) {
        let values = value.split(',').map(|part| part.trim().to_string());
        self.entries.entry(key.trim().to_string()).or_default().extend(values);
    }
}

impl Settings {
    pub fn parse(text: &str) -> Self {
        let mut settings = Self::default();
        let mut current = String::new();
        for line in text.lines().map(strip).filter(|line| !line.is_empty()) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                current = name.to_string();
            } else if let Some((key, value)) = line.split_once('=') {
                settings.sections.entry(current.clone()).or_default().add(key, value);
            }
        }
        settings
    }

    pub fn values(&self, section: &str, key: &str) -> &[String] {
        self.sections.get(section).and_then(|s| s.entries.get(key)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sections: u32) -> String {
        (0..sections)
            .map(|n| format!("[host-{n}] # rack {n}\nports = 80, 443, {n}\nname = web{n}.internal\n\n"))
            .collect()
    }

    #[test]
    fn lists_are_split_at_commas() {
        let settings = Settings::parse(&text(300));
        assert_eq!(settings.values("host-17", "ports"), ["80", "443", "17"]);
        assert_eq!(settings.values("host-299", "name"), ["web299.internal"]);
    }

    #[test]
    fn a_section_may_come_twice() {
        let settings = Settings::parse(&text(20).repeat(3));
        assert_eq!(settings.values("host-4", "ports").len(), 9);
        assert!(settings.values("host-4", "colour").is_empty());
    }
}
