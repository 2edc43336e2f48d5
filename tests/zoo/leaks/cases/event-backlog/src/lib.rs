mod backlog;
mod event;

pub use backlog::Backlog;
pub use event::Event;
