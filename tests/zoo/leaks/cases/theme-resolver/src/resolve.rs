use crate::Themes;

/// How many themes may inherit from each other in a row.
const DEEPEST: usize = 600;

pub struct Resolver<'a> {
    themes: &'a Themes,
}

impl<'a> Resolver<'a> {
    pub fn new(themes: &'a Themes) -> Self {
        Self { themes }
    }

    /// The colour of `part` in `theme` or in the nearest theme that it inherits from.
    pub fn colour(&mut self, theme: &str, part: &str) -> Option<u32> {
        self.look_up(theme, part, 0)
    }

    fn look_up(&mut self, name: &str, part: &str, depth: usize) -> Option<u32> {
        if depth > DEEPEST {
            return None;
        }
        let theme = self.themes.get(name)?;
        if let Some(colour) = theme.colours.get(part) {
            return Some(*colour);
        }
        self.look_up(theme.parent.as_deref()?, part, depth + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theme;

    fn chain(length: usize) -> Themes {
        let mut themes = Themes::default();
        let root = Theme { parent: None, colours: [("border".to_owned(), 0x00ff_0000)].into() };
        themes.add("theme-0", root);
        for level in 1..length {
            let parent = Some(format!("theme-{}", level - 1));
            themes.add(&format!("theme-{level}"), Theme { parent, ..Theme::default() });
        }
        themes
    }

    #[test]
    fn a_colour_is_inherited_through_many_themes() {
        let themes = chain(400);
        let mut resolver = Resolver::new(&themes);
        for part in 0..20 {
            assert_eq!(resolver.colour("theme-399", &format!("part-{part}")), None);
        }
        assert_eq!(resolver.colour("theme-399", "border"), Some(0x00ff_0000));
    }

    #[test]
    fn a_ring_of_themes_has_no_colour() {
        let mut themes = Themes::default();
        themes.add("a", Theme { parent: Some("b".to_owned()), ..Theme::default() });
        themes.add("b", Theme { parent: Some("a".to_owned()), ..Theme::default() });
        assert_eq!(Resolver::new(&themes).colour("a", "border"), None);
    }
}
