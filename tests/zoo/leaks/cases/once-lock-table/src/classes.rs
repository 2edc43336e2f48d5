//! What a byte may be in a slug.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Keep,
    Lower,
    Dash,
    Drop,
}

pub fn class(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' | b'0'..=b'9' => Class::Keep,
        b'A'..=b'Z' => Class::Lower,
        b' ' | b'-' | b'_' | b'/' => Class::Dash,
        _ => Class::Drop,
    }
}
