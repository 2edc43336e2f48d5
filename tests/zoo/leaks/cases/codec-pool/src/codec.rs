/// Run-length decoding. Its table is dear to build.
pub struct Codec {
    table: Box<[u32]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Codec {
    pub fn build() -> Self {
        Self { table: (0..1024).map(|n| n * n % 65_521).collect() }
    }

    pub fn decode(&mut self, message: &[u8]) -> Result<u32, Malformed> {
        if message.len() % 2 == 1 {
            return Err(Malformed);
        }
        Ok(message.chunks(2).map(|pair| self.table[usize::from(pair[1])] * u32::from(pair[0])).sum())
    }
}
