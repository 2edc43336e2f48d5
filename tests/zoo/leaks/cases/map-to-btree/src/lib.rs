use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub name: Arc<str>,
    pub retained: Vec<u8>,
}

/// The last message of each topic.
#[derive(Default, Clone)]
pub struct Broker {
    topics: Arc<Mutex<HashMap<Arc<str>, Topic>>>,
}

impl Broker {
    pub fn publish(&self, name: &str, message: &[u8]) {
        let name: Arc<str> = name.into();
        let topic = Topic { name: Arc::clone(&name), retained: message.to_vec() };
        self.topics.lock().unwrap().insert(name, topic);
    }

    pub fn last(&self, name: &str) -> Option<Vec<u8>> {
        self.topics.lock().unwrap().get(name).map(|topic| topic.retained.clone())
    }

    pub fn list(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = self.topics.lock().unwrap().keys().cloned().collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_listed_in_order() {
        let broker = Broker::default();
        for n in (0..700).rev() {
            broker.publish(&format!("sensor/{n:03}/temperature"), b"21.5");
        }
        let names = broker.list();
        assert_eq!(&*names[0], "sensor/000/temperature");
        assert!(names.is_sorted());
    }

    #[test]
    fn the_last_message_counts() {
        let broker = Broker::default();
        let other = broker.clone();
        for n in 0..50_u8 {
            other.publish("clock", &[n; 1000]);
        }
        assert_eq!(broker.last("clock"), Some(vec![49; 1000]));
        assert_eq!(broker.last("calendar"), None);
    }
}
