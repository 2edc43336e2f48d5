//! Saves documents a while after their last change.
mod timers;

pub use timers::Autosave;
