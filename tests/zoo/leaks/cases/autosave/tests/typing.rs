use autosave::Autosave;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn typing_saves_once() {
    let mut autosave = Autosave::after(Duration::from_secs(2));
    for _ in 0..1500 {
        autosave.changed(1);
    }
    autosave.changed(2);
    assert_eq!(autosave.next().await, Some(1));
    assert_eq!(autosave.next().await, Some(2));
    assert_eq!(autosave.next().await, None);
}
