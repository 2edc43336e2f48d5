use core_shell::Screen;

#[test]
fn an_answer_is_shown() {
    let screen = Screen::default();
    let request = screen.load("/inbox");
    screen.answered(request, "two mails");
    assert_eq!(screen.shown(), ["/inbox: two mails"]);
}

#[test]
fn the_shell_may_drop_a_request() {
    let screen = Screen::default();
    for n in 0..12 {
        drop(screen.load(&format!("/mail/{n}")));
    }
    assert!(screen.shown().is_empty());
}
