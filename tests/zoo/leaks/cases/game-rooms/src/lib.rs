//! Game rooms and who sits in them.

mod player;
mod room;

pub use player::Player;
pub use room::Room;
