//! Splits a stream of events into partitions that are written one after the other.
use ahash::RandomState;

#[derive(Clone)]
pub struct Event {
    pub customer: String,
    pub cents: i64,
    pub note: [u8; 80],
}

pub struct Partitioner {
    state: RandomState,
    count: u64,
}

impl Partitioner {
    pub fn new(count: u64) -> Self {
        Self { state: RandomState::new(), count }
    }

    /// Events of one customer come into one partition, in their order.
    pub fn split(&self, events: impl IntoIterator<Item = Event>) -> Vec<Vec<Event>> {
        let mut parts: Vec<Vec<Event>> = (0..self.count).map(|_| Vec::new()).collect();
        for event in events {
            let at = self.state.hash_one(&event.customer) % self.count;
            parts[at as usize].push(event);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(customers: i64) -> impl Iterator<Item = Event> {
        (0..customers).map(|n| Event { customer: format!("customer {n}"), cents: n, note: [0; 80] })
    }

    #[test]
    fn nothing_gets_lost() {
        let parts = Partitioner::new(3).split(events(190));
        assert_eq!(parts.iter().flatten().map(|e| e.cents).sum::<i64>(), 190 * 189 / 2);
    }

    #[test]
    fn one_customer_is_in_one_partition() {
        let parts = Partitioner::new(8).split(events(30).chain(events(30)));
        for part in parts {
            assert!(part.iter().all(|e| part.iter().filter(|o| o.customer == e.customer).count() == 2));
        }
    }
}
