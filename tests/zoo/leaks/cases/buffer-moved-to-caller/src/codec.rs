/// Doubles every zero byte, so that a single one may end a message.
pub fn escape(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() * 2);
    for byte in message {
        out.push(*byte);
        if *byte == 0 {
            out.push(0);
        }
    }
    out
}
