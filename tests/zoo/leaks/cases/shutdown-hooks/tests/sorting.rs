use shutdown_hooks::{Hooks, Server};

#[test]
fn many_requests_are_sorted() {
    let mut server = Server::default();
    for _ in 0..200 {
        assert_eq!(server.sort(&["pear", "apple", "quince"]).as_deref(), Some("apple"));
    }
    assert_eq!(server.shut_down(), 200);
}

#[test]
fn hooks_run_in_reverse() {
    let (sender, ran) = std::sync::mpsc::channel();
    let mut hooks = Hooks::default();
    for number in 0..3 {
        let sender = sender.clone();
        hooks.add(move || sender.send(number).unwrap());
    }
    hooks.run();
    assert_eq!(ran.try_iter().collect::<Vec<_>>(), [2, 1, 0]);
}
