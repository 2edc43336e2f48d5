use chat_room::room::Room;
use futures::executor::block_on;

#[test]
fn guests_hear_what_is_said() {
    block_on(async {
        let mut room = Room::default();
        for n in 0..10 {
            room.enter(&format!("guest {n}")).await;
        }
        assert_eq!(room.say("hello").await, [1; 10]);
        room.leave("guest 3");
        assert_eq!(room.say("bye").await, [2; 9]);
    });
}

#[test]
fn an_empty_room_is_quiet() {
    assert!(block_on(Room::default().say("hello")).is_empty());
}
