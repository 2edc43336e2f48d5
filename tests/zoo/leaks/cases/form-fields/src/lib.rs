//! Forms of the point-of-sale terminal.

mod field;

pub use field::Field;
