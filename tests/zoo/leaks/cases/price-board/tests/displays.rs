use std::sync::Arc;

use price_board::{Display, PriceBoard};

#[test]
fn every_display_shows_the_new_price() {
    let board = Arc::new(PriceBoard::default());
    let displays: Vec<_> = (0..12).map(|_| Display::attach(&board)).collect();
    board.set(4711, 1999);
    for display in &displays {
        assert_eq!(display.row(0), "  4711 19.99");
        assert_eq!(display.footer(), "1 prices");
    }
}

#[test]
fn a_board_without_displays_keeps_prices() {
    let board = PriceBoard::default();
    board.set(1, 100);
    board.set(2, 250);
    assert_eq!(board.len(), 2);
}
