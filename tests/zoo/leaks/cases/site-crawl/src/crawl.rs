use crate::site::{Page, Site};
use futures::future::BoxFuture;
use futures::FutureExt;

/// Words on the page and on all that it leads to.
pub fn words(site: &Site, number: u32) -> BoxFuture<'_, usize> {
    async move {
        let Page { text, links } = site.fetch(number).await;
        let mut count = text.split_whitespace().count();
        drop(text);
        for link in links {
            count += words(site, link).await;
        }
        count
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    #[test]
    fn a_long_chain_of_pages_is_counted() {
        assert_eq!(block_on(words(&Site { pages: 150 }, 0)), 150 * 200);
    }

    #[test]
    fn a_single_page_is_counted() {
        assert_eq!(block_on(words(&Site { pages: 1 }, 0)), 200);
    }
}
