use std::sync::Arc;

use game_rooms::{Player, Room};

#[test]
fn everybody_hears_what_is_said() {
    let room = Arc::new(Room::default());
    let players: Vec<_> = ["ann", "bo", "cem"].map(Player::new).into();
    for player in &players {
        player.enter(&room);
    }
    room.say(&players[0], "hello");
    assert!(players.iter().all(|player| player.heard() == 1));
    assert_eq!(players[2].seat(), Some(3));
}

#[test]
fn an_empty_room_is_not_full() {
    assert!(!Room::default().is_full());
    assert_eq!(Player::new("dee").seat(), None);
}
