use std::cell::RefCell;
use std::rc::{Rc, Weak};

type Link = Rc<RefCell<Entry>>;

struct Entry {
    title: String,
    next: Option<Link>,
    previous: Option<Weak<RefCell<Entry>>>,
}

/// The tracks that will be played, in both directions.
#[derive(Default)]
pub struct PlayQueue {
    first: Option<Link>,
    last: Option<Link>,
    current: Option<Link>,
}

impl PlayQueue {
    pub fn enqueue(&mut self, title: &str) {
        let entry = Rc::new(RefCell::new(Entry { title: title.to_owned(), next: None, previous: None }));
        match self.last.take() {
            Some(last) => {
                entry.borrow_mut().previous = Some(Rc::downgrade(&last));
                last.borrow_mut().next = Some(Rc::clone(&entry));
            }
            None => {
                self.first = Some(Rc::clone(&entry));
                self.current = Some(Rc::clone(&entry));
            }
        }
        self.last = Some(entry);
    }

    pub fn playing(&self) -> Option<String> {
        self.current.as_ref().map(|entry| entry.borrow().title.clone())
    }

    pub fn skip(&mut self) -> Option<String> {
        let next = self.current.as_ref()?.borrow().next.clone()?;
        self.current = Some(next);
        self.playing()
    }

    pub fn back(&mut self) -> Option<String> {
        let previous = self.current.as_ref()?.borrow().previous.as_ref()?.upgrade()?;
        self.current = Some(previous);
        self.playing()
    }

    pub fn restart(&mut self) {
        self.current.clone_from(&self.first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(tracks: usize) -> PlayQueue {
        let mut queue = PlayQueue::default();
        for track in 0..tracks {
            queue.enqueue(&format!("Track {track}"));
        }
        queue
    }

    #[test]
    fn skipping_and_going_back_meet() {
        let mut queue = queue(25);
        assert_eq!(queue.skip().as_deref(), Some("Track 1"));
        assert_eq!(queue.skip().as_deref(), Some("Track 2"));
        assert_eq!(queue.back().as_deref(), Some("Track 1"));
        queue.restart();
        assert_eq!(queue.playing().as_deref(), Some("Track 0"));
    }

    #[test]
    fn a_single_track_has_no_neighbours() {
        let mut queue = queue(1);
        assert_eq!(queue.skip(), None);
        assert_eq!(queue.back(), None);
    }

    #[test]
    fn an_empty_queue_plays_nothing() {
        assert_eq!(queue(0).playing(), None);
    }
}
