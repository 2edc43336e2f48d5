use ui_pool::Effects;

#[test]
fn toasts_come_and_go() {
    let mut effects = Effects::new();
    for n in 0..60 {
        let toasts: Vec<_> =
            ["a", "b", "c"].map(|file| effects.toast(&format!("saved {file}, version {n}"))).into();
        assert!(effects.frame() <= toasts.len());
        drop(toasts);
        let _ = effects.frame();
    }
}

#[test]
fn a_toast_is_shown() {
    let mut effects = Effects::new();
    let _toast = effects.toast("saved");
    assert_eq!(effects.frame(), 1);
}
