use log_sinks::sinks::{Summary, Worst};
use log_sinks::{Level, Logger};

#[test]
fn the_worst_record_is_found_among_many() {
    let mut logger = Logger::default().with(Summary::default()).with(Worst::default());
    for request in 0..600 {
        logger.log(Level::Info, &format!("GET /articles/{request} 200"));
    }
    logger.log(Level::Error, "disk full");
    assert_eq!(logger.flush(), ["0 debug, 600 info, 1 error", "disk full"]);
}

#[test]
fn a_logger_without_sinks_is_silent() {
    let mut logger = Logger::default();
    logger.log(Level::Debug, "nobody hears this");
    assert!(logger.flush().is_empty());
}
