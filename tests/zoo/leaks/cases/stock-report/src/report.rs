use crate::Row;

/// The first `most` articles of which fewer than `least` are left.
pub fn to_order(rows: impl Iterator<Item = Row>, least: u32, most: usize) -> Vec<Row> {
    rows.filter(|row| row.left < least).take(most).collect()
}

/// How many articles are used up.
pub fn used_up(rows: impl Iterator<Item = Row>) -> usize {
    rows.filter(|row| row.left == 0).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed;

    #[test]
    fn the_first_short_articles_are_listed() {
        let order = to_order(feed(5000), 2, 10);
        assert_eq!(order.len(), 10);
        assert_eq!(order[0].article, 0);
        assert_eq!(order[9].article, 29);
    }

    #[test]
    fn used_up_articles_are_counted() {
        assert_eq!(used_up(feed(700)), 100);
    }
}
