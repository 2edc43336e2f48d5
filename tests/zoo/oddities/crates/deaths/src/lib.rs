//! See `tests/`: ways for a test to take its process with it.
