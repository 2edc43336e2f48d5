use std::sync::{Arc, Mutex};

use crate::player::Player;

#[derive(Default)]
pub struct Room {
    players: Mutex<Vec<Arc<Player>>>,
}

impl Room {
    pub fn seat(&self, player: Arc<Player>) -> u16 {
        let mut players = self.players.lock().unwrap();
        players.push(player);
        u16::try_from(players.len()).expect("a room is smaller")
    }

    pub fn say(&self, speaker: &Player, text: &str) {
        for player in self.players.lock().unwrap().iter() {
            player.tell(&format!("{}: {text}", speaker.name()));
        }
    }

    pub fn is_full(&self) -> bool {
        self.players.lock().unwrap().len() >= 4
    }
}
