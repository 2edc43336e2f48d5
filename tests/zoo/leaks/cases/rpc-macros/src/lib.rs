//! The calls of a note service; each is declared once, with what it answers.
pub mod calls;
pub mod journal;
