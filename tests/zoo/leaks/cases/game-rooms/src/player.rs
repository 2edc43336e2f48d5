use std::sync::{Arc, Mutex};

use crate::room::Room;

pub struct Player {
    name: String,
    /// A picture of 16 by 16 dots in four colours.
    avatar: [u8; 64],
    played: [u32; 32],
    inbox: Mutex<Vec<String>>,
    seat: Mutex<Option<u16>>,
}

impl Player {
    pub fn new(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            avatar: std::array::from_fn(|dot| name.as_bytes()[dot % name.len()]),
            played: [0; 32],
            inbox: Mutex::default(),
            seat: Mutex::default(),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn enter(self: &Arc<Self>, room: &Arc<Room>) {
        let seat = room.seat(Arc::clone(self));
        *self.seat.lock().unwrap() = Some(seat);
    }

    /// The seat's number, counted from one.
    pub fn seat(&self) -> Option<u16> {
        *self.seat.lock().unwrap()
    }

    pub fn tell(&self, text: &str) {
        self.inbox.lock().unwrap().push(text.to_owned());
    }

    pub fn avatar(&self) -> &[u8; 64] {
        &self.avatar
    }

    /// How many games were played of each kind.
    pub fn played(&self) -> &[u32; 32] {
        &self.played
    }

    pub fn heard(&self) -> usize {
        self.inbox.lock().unwrap().len()
    }
}
