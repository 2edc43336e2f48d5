pub mod audit;
pub mod template;
