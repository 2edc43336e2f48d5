mod common;

use api_contract::Client;
use common::FakeApi;

#[test]
fn a_busy_api_is_asked_again() {
    let mut client = Client::new(FakeApi::busy_for(450));
    assert_eq!(client.degrees("oslo"), Some(21.5));
}

#[test]
fn an_unknown_town_has_no_weather() {
    let mut client = Client::new(FakeApi::busy_for(0));
    assert_eq!(client.degrees("atlantis"), None);
}
