/// One line of an access log.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub client: String,
    pub path: String,
    pub status: u16,
}

/// Reads `client - "GET /path" status`.
pub fn parse(text: &str) -> Option<Line> {
    let (client, rest) = text.split_once(" - \"")?;
    let (request, status) = rest.split_once("\" ")?;
    let (_, path) = request.split_once(' ')?;
    Some(Line { client: client.to_string(), path: path.to_string(), status: status.parse().ok()? })
}

pub fn parse_all(text: &str) -> Vec<Line> {
    text.lines().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let text: String = (0..300).map(|n| format!("10.0.0.{} - \"GET /item/{n}\" 200\n", n % 200)).collect();
        let lines = parse_all(&text);
        assert_eq!(lines.len(), 300);
        assert_eq!(lines[201], Line { client: "10.0.0.1".into(), path: "/item/201".into(), status: 200 });
    }

    #[test]
    fn what_is_no_line_is_passed_over() {
        assert_eq!(parse_all("# rotated\n\n10.0.0.1 - \"GET\" 200\n"), []);
    }
}
