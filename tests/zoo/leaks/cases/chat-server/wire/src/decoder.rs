#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub room: u8,
    pub text: String,
}

/// Decodes messages of the form: room, length, text.
#[derive(Default)]
pub struct Decoder {
    bytes: Vec<u8>,
}

impl Decoder {
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}

impl Iterator for Decoder {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let (&room, rest) = self.bytes.split_first()?;
        let (&length, rest) = rest.split_first()?;
        let text = String::from_utf8_lossy(rest.get(..usize::from(length))?).into_owned();
        self.bytes.drain(..usize::from(length) + 2);
        Some(Message { room, text })
    }
}
