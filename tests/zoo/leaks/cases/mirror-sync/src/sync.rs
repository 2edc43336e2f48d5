use crate::mirror::Mirror;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use futures::FutureExt;

/// The copies that are under way.
pub struct Sync<'m> {
    mirror: &'m Mirror,
    copies: FuturesUnordered<LocalBoxFuture<'m, usize>>,
}

impl<'m> Sync<'m> {
    pub fn to(mirror: &'m Mirror) -> Self {
        Self { mirror, copies: FuturesUnordered::new() }
    }

    pub async fn copy(&mut self, key: &str, object: &[u8]) {
        let copy = self.mirror.put(key.to_owned(), object.to_vec());
        self.copies.push(copy.boxed_local());
        while let Some(Some(_)) = self.copies.next().now_or_never() {}
    }

    pub async fn settle(&mut self) {
        while self.copies.next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    #[test]
    fn all_objects_arrive() {
        let mirror = Mirror::default();
        block_on(async {
            let mut sync = Sync::to(&mirror);
            for n in 0..100 {
                sync.copy(&format!("object/{n:03}"), &[0; 3000]).await;
            }
            sync.settle().await;
        });
        assert_eq!(mirror.stored(), 301_000);
    }

    #[test]
    fn nothing_to_copy_settles_at_once() {
        let mirror = Mirror::default();
        block_on(Sync::to(&mirror).settle());
        assert_eq!(mirror.stored(), 0);
    }
}
