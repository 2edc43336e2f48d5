//! Text with `{holes}`.

pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(1 << 10);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled() {
        assert_eq!(
            fill("Dear {name}, {greeting}!", &[("name", "Ada"), ("greeting", "hello")]),
            "Dear Ada, hello!"
        );
        assert_eq!(fill("no {such} hole", &[]), "no  hole");
    }
}
