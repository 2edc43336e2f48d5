"""leakgate: the memory gate for Rust in CI."""

__version__ = "0.1.0"
