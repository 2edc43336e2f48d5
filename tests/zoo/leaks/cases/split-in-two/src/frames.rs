//! Frames of a line protocol: `<channel> <payload in hex>`.
use std::collections::HashMap;
use std::fmt;

#[derive(Debug, PartialEq, Eq)]
pub struct Malformed(pub usize);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is not a frame", self.0)
    }
}

impl std::error::Error for Malformed {}

/// The payloads of all frames, by channel, in the order of the lines.
pub fn collect(text: &str) -> Result<HashMap<String, Vec<Vec<u8>>>, Malformed> {
    let mut channels: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let (channel, hex) = line.split_once(' ').ok_or(Malformed(number))?;
        if hex.len() & 1 == 1 {
            return Err(Malformed(number));
        }
        let mut payload = Vec::with_capacity(hex.len() / 2);
        for pair in hex.as_bytes().chunks_exact(2) {
            let digits = std::str::from_utf8(pair).map_err(|_| Malformed(number))?;
            payload.push(u8::from_str_radix(digits, 16).map_err(|_| Malformed(number))?);
        }
        channels.entry(channel.to_string()).or_default().push(payload);
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_grouped() {
        let text: String = (0..256).map(|n| format!("ch{} {}\n", n % 8, "0f".repeat(400))).collect();
        let channels = collect(&text).unwrap();
        assert_eq!(channels.len(), 8);
        assert!(channels.values().all(|list| list.len() == 32 && list[0] == vec![15; 400]));
    }

    #[test]
    fn a_bad_line_is_named() {
        assert_eq!(collect("a 00\nb 0\n"), Err(Malformed(1)));
        assert_eq!(collect("a zz").unwrap_err().to_string(), "line 0 is not a frame");
    }
}
