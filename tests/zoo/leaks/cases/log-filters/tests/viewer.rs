use log_filters::{Filters, Viewer};

#[test]
fn each_user_finds_their_lines() {
    let mut viewer = Viewer::new(&["user=17 login", "user=18 login", "user=17 logout"]);
    for user in 10..22 {
        let expected = match user {
            17 => 2,
            18 => 1,
            _ => 0,
        };
        assert_eq!(viewer.count(&format!("user={user} log(in|out)$")), expected);
    }
}

#[test]
fn a_broken_pattern_matches_nothing() {
    let mut filters = Filters::default();
    assert!(filters.get("(").is_none());
    assert_eq!(filters.failures(), 1);
}
