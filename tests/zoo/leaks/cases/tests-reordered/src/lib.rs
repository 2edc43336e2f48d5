use std::collections::BTreeMap;

/// Jobs by priority, first in first out within one.
#[derive(Default)]
pub struct Queue {
    lanes: BTreeMap<u8, Vec<Job>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: u64,
    pub payload: Vec<u8>,
}

impl Queue {
    pub fn push(&mut self, priority: u8, job: Job) {
        self.lanes.entry(priority).or_default().push(job);
    }

    pub fn pop(&mut self) -> Option<Job> {
        let mut lane = self.lanes.last_entry()?;
        let job = lane.get_mut().remove(0);
        if lane.get().is_empty() {
            lane.remove();
        }
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u64, size: usize) -> Job {
        Job { id, payload: vec![id as u8; size] }
    }

    #[test]
    fn an_empty_queue_has_nothing() {
        assert_eq!(Queue::default().pop(), None);
    }

    #[test]
    fn the_highest_priority_comes_first() {
        let mut queue = Queue::default();
        for n in 0..50 {
            queue.push((n % 5) as u8, job(n, 10_000));
        }
        assert_eq!(queue.pop().unwrap().id, 4);
    }

    #[test]
    fn one_lane_is_first_in_first_out() {
        let mut queue = Queue::default();
        for n in 0..100 {
            queue.push(1, job(n, 64));
        }
        assert!((0..100).all(|n| queue.pop().unwrap().id == n));
    }

    #[test]
    fn big_jobs_are_taken_out_whole() {
        let mut queue = Queue::default();
        queue.push(9, job(1, 1 << 20));
        queue.push(9, job(2, 1 << 19));
        assert_eq!(queue.pop().unwrap().payload.len(), 1 << 20);
    }
}
