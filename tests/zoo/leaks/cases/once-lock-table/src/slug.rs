use crate::classes::{class, Class};

/// A title as it stands in an address.
pub fn slug(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for byte in title.bytes() {
        match class(byte) {
            Class::Keep => out.push(char::from(byte)),
            Class::Lower => out.push(char::from(byte.to_ascii_lowercase())),
            Class::Dash if !out.ends_with('-') => out.push('-'),
            Class::Dash | Class::Drop => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_by_dashes() {
        assert_eq!(slug("What's New in 2.0 / Changes"), "whats-new-in-20-changes");
    }

    #[test]
    fn many_titles_keep_their_order() {
        let slugs: Vec<String> = (0..600).map(|n| slug(&format!("Chapter {n}: The Long Way Home"))).collect();
        assert_eq!(slugs[599], "chapter-599-the-long-way-home");
    }
}
