use std::sync::LazyLock;

use regex::Regex;

static MENTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"@([A-Za-z][\w-]{1,30})\b").expect("it compiles"));

/// Who is mentioned, each once, in the order of the text.
pub fn mentions(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for found in MENTION.captures_iter(text) {
        let name = found[1].to_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_once() {
        assert_eq!(mentions("@Ada asks @grace, and @ada again"), ["ada", "grace"]);
    }

    #[test]
    fn a_long_thread_has_many_names() {
        let text: String = (0..250).map(|n| format!("@user-{n} wrote to @user-{}\n", n / 2)).collect();
        assert_eq!(mentions(&text).len(), 250);
    }

    #[test]
    fn an_address_is_no_mention() {
        assert!(mentions("@ 1@2 nobody").is_empty());
    }
}
