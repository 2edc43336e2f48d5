mod summary;
mod worst;

pub use summary::Summary;
pub use worst::Worst;
