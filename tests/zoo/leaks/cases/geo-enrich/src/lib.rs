//! Ingests visits of a web site and adds where they came from.
pub mod ingest;
