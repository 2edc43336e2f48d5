use std::hash::Hash;

/// Leaves out items that were there before.
pub struct Dedup<I: Iterator> {
    items: I,
    last: Option<I::Item>,
}

impl<I> Iterator for Dedup<I>
where
    I: Iterator,
    I::Item: Clone + Eq + Hash,
{
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        loop {
            let item = self.items.next()?;
            if self.last.as_ref() != Some(&item) {
                self.last = Some(item.clone());
                return Some(item);
            }
        }
    }
}

pub trait DedupExt: Iterator + Sized {
    fn dedup(self) -> Dedup<Self>;
}

impl<I: Iterator> DedupExt for I {
    fn dedup(self) -> Dedup<Self> {
        Dedup { items: self, last: None }
    }
}
