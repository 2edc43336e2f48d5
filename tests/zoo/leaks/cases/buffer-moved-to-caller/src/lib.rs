pub mod codec;
pub mod stream;
