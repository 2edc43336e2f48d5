//! Counters of one worker, merged into the server's once a second.

#[macro_use]
mod define;

define_counters! {
    /// Responses by their size.
    response_bytes => record_response_bytes, total_response_bytes;
    /// Time spent in handlers.
    handler_micros => record_handler_micros, total_handler_micros;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_sizes_add_up() {
        let mut counters = Counters::default();
        for _ in 0..2000 {
            counters.record_response_bytes(512);
        }
        assert_eq!(counters.total_response_bytes(), 1_024_000);
        assert_eq!(counters.total_handler_micros(), 0);
    }

    #[test]
    fn a_new_worker_has_spent_no_time() {
        let mut counters = Counters::default();
        counters.record_handler_micros(0);
        assert_eq!(counters.total_handler_micros(), 0);
    }
}
