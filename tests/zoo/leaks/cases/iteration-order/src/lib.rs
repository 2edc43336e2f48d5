pub mod graph;
pub mod runner;
