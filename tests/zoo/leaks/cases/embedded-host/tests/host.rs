use embedded_host::{plugin::Plugin, Host};

#[test]
fn a_plugin_answers_in_order() {
    let host = Host::attach();
    for _ in 0..4 {
        let plugin = Plugin::start(&host);
        assert_eq!(host.call(&plugin, &["one", "two"]), ["ONE", "TWO"]);
    }
}
