//! Which seats of which shows are taken.
use fixedbitset::FixedBitSet;

pub struct Hall {
    seats: usize,
    shows: Vec<FixedBitSet>,
}

impl Hall {
    pub fn new(seats: usize) -> Self {
        Self { seats, shows: Vec::new() }
    }

    pub fn open_show(&mut self) -> usize {
        self.shows.push(FixedBitSet::with_capacity(self.seats));
        self.shows.len() - 1
    }

    /// Whether the seat was free.
    pub fn book(&mut self, show: usize, seat: usize) -> bool {
        !self.shows[show].put(seat)
    }

    /// Seats that are free in every one of the shows.
    pub fn free_in_all(&self) -> Vec<usize> {
        let mut taken = FixedBitSet::with_capacity(self.seats);
        for show in &self.shows {
            taken.union_with(show);
        }
        taken.toggle_range(..);
        taken.ones().collect()
    }

    pub fn enlarge(&mut self, seats: usize) {
        self.seats = self.seats.max(seats);
        for show in &mut self.shows {
            show.grow(self.seats);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_booked_once() {
        let mut hall = Hall::new(60_000);
        let shows: Vec<usize> = (0..20).map(|_| hall.open_show()).collect();
        assert!(hall.book(shows[3], 59_999));
        assert!(!hall.book(shows[3], 59_999));
        assert!(hall.book(shows[4], 59_999));
        assert_eq!(hall.free_in_all().len(), 59_999);
    }

    #[test]
    fn a_larger_hall_keeps_its_bookings() {
        let mut hall = Hall::new(1000);
        let show = hall.open_show();
        hall.book(show, 999);
        hall.enlarge(400_000);
        assert!(!hall.book(show, 999));
        assert!(hall.book(show, 399_999));
    }
}
