//! Reads a catalogue that comes in pages.
pub mod catalogue;
