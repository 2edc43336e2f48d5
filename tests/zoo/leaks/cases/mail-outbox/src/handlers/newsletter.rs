use crate::outbox::Outbox;

/// Sends an issue to all readers; gives the number of mails.
pub fn send_newsletter(outbox: &mut Outbox, readers: usize, issue: &str) -> usize {
    (0..readers)
        .filter(|reader| {
            let number = outbox.queue(&format!("reader-{reader}@example.org"), issue);
            outbox.sent(number).is_some()
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_gets_the_issue() {
        let issue = "News of the week. ".repeat(30);
        assert_eq!(send_newsletter(&mut Outbox::default(), 150, &issue), 150);
    }

    #[test]
    fn without_readers_nothing_is_sent() {
        assert_eq!(send_newsletter(&mut Outbox::default(), 0, "News"), 0);
    }
}
