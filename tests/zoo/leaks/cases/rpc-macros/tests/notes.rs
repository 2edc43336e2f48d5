use rpc_macros::calls::{create_note, has_note, Refused};

#[tokio::test]
async fn a_note_is_created() {
    assert_eq!(create_note("milk").await, Ok(4));
    assert_eq!(create_note("bread").await, Ok(5));
}

#[tokio::test]
async fn notes_are_counted_from_one() {
    for _ in 0..20 {
        assert_eq!(has_note(0).await, Err(Refused("notes are counted from 1")));
        assert_eq!(has_note(3).await, Ok(true));
    }
}
