//! A binary without tests.
