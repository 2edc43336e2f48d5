"""How a `Vec`, a `String` or a `VecDeque` grows, as DHAT counts it."""

from math import log2

_FIRST_BYTES = 8
"""What one of the smallest elements takes at first (library/alloc/src/raw_vec: `min_non_zero_cap`)."""


def most_blocks(size: float) -> float:
    """How many blocks DHAT counts, at most, for one buffer that has reached this size in bytes.

    The buffer doubles when it is full, and DHAT counts a realloc as one more block of the same site.
    """
    return 1 + log2(max(size, _FIRST_BYTES) / _FIRST_BYTES)
