"""Rust source → what its functions are called, what they call, and how to know them again.

Nothing here knows of files or processes: what is read is given as bytes.
"""

LARGEST = 2 * 1024 * 1024
"""Bytes of a file that is parsed. A larger one was generated, and is not what a reader would open."""
