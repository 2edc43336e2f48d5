/// Something that happened in a game room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Joined { player: u32 },
    Moved { player: u32, x: i32, y: i32 },
    Said { player: u32, text: String },
}

impl Event {
    /// Whether a client that comes back needs it at all.
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::Moved { .. })
    }
}
