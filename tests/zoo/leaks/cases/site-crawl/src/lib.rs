//! Counts the words of a site, page by page along its links.
pub mod crawl;
pub mod site;
