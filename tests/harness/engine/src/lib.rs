//! Only tests and examples.
