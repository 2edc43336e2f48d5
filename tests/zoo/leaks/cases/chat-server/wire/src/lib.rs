//! What goes over the wire of the chat.

mod decoder;

pub use decoder::{Decoder, Message};
