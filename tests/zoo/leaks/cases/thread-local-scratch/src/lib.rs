//! Escapes text for HTML, many pieces at a time.
use std::thread;

fn escape_into(text: &str, scratch: &mut String) {
    for c in text.chars() {
        match c {
            '<' => scratch.push_str("&lt;"),
            '>' => scratch.push_str("&gt;"),
            '&' => scratch.push_str("&amp;"),
            _ => scratch.push(c),
        }
    }
}

pub fn escape(text: &str) -> Box<str> {
    let mut scratch = String::with_capacity(8 << 10);
    escape_into(text, &mut scratch);
    scratch.as_str().into()
}

/// Escapes all pieces, on two threads.
pub fn escape_all(pieces: &[String]) -> Vec<Box<str>> {
    let (left, right) = pieces.split_at(pieces.len() / 2);
    thread::scope(|scope| {
        let right = scope.spawn(|| right.iter().map(|piece| escape(piece)).collect::<Vec<_>>());
        let mut all: Vec<Box<str>> = left.iter().map(|piece| escape(piece)).collect();
        all.extend(right.join().expect("escaping does not panic"));
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(&*escape("a < b && c > d"), "a &lt; b &amp;&amp; c &gt; d");
    }

    #[test]
    fn pieces_keep_their_order() {
        let pieces: Vec<String> = (0..400).map(|n| format!("<p>{n}</p>")).collect();
        let all = escape_all(&pieces);
        assert_eq!(&*all[399], "&lt;p&gt;399&lt;/p&gt;");
        assert_eq!(all.len(), 400);
    }
}
