//! Rooms of a chat. A guest says what happens with messages that come in.
pub mod guest;
pub mod room;
