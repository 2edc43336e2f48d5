//! Topics of a broker, and who listens to them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

type Topics = Rc<RefCell<BTreeMap<String, BTreeSet<u32>>>>;

#[derive(Default)]
pub struct Broker {
    topics: Topics,
    next: u32,
}

/// Ends when it is dropped.
pub struct Subscription {
    topics: Topics,
    topic: String,
    id: u32,
}

impl Broker {
    pub fn subscribe(&mut self, topic: &str) -> Subscription {
        self.next += 1;
        self.topics.borrow_mut().entry(topic.to_owned()).or_default().insert(self.next);
        Subscription { topics: Rc::clone(&self.topics), topic: topic.to_owned(), id: self.next }
    }

    pub fn listeners(&self, topic: &str) -> usize {
        self.topics.borrow().get(topic).map_or(0, BTreeSet::len)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut topics = self.topics.borrow_mut();
        if let Some(listeners) = topics.get_mut(&self.topic) {
            listeners.remove(&self.id);
            if listeners.is_empty() {
                topics.remove(&self.topic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_topic_is_used_once() {
        let mut broker = Broker::default();
        for request in 0..350 {
            let topic = format!("replies/device-{request:06}");
            let subscription = broker.subscribe(&topic);
            assert_eq!(broker.listeners(&topic), 1);
            drop(subscription);
            assert_eq!(broker.listeners(&topic), 0);
        }
    }

    #[test]
    fn two_listeners_are_two() {
        let mut broker = Broker::default();
        let _first = broker.subscribe("alarms");
        let _second = broker.subscribe("alarms");
        assert_eq!(broker.listeners("alarms"), 2);
    }
}
