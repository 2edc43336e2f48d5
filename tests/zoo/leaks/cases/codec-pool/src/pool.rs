use crate::codec::Codec;

/// Codecs that were built, and which of them are idle.
#[derive(Default)]
pub struct Pool {
    codecs: Vec<Codec>,
    idle: Vec<usize>,
}

impl Pool {
    /// Runs `work` with an idle codec, or with a new one.
    pub fn with<T, E>(&mut self, work: impl FnOnce(&mut Codec) -> Result<T, E>) -> Result<T, E> {
        let index = self.take();
        let result = work(&mut self.codecs[index]);
        self.idle.push(index);
        result
    }

    fn take(&mut self) -> usize {
        self.idle.pop().unwrap_or_else(|| {
            self.codecs.push(Codec::build());
            self.codecs.len() - 1
        })
    }
}
