//! Decoding of what devices send, with pooled codecs.

mod codec;
mod pool;

pub use codec::Malformed;
pub use pool::Pool;

pub fn decode_all<'a>(
    pool: &mut Pool,
    messages: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Result<u32, Malformed>> {
    messages.into_iter().map(|message| pool.with(|codec| codec.decode(message))).collect()
}
