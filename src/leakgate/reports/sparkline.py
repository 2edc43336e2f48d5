"""A row of figures as a row of bars, small enough for a table cell."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
LONGEST = 13
"""Bars drawn unless asked otherwise: as many as a comment's table has room for."""


def sparkline(values: Sequence[int], longest: int = LONGEST) -> str:
    """One bar a value, oldest first: 0 is `▁` and the highest of the values `█`.

    The bars start at 0, so that noise stays flat and only what a reader would call growth looks like it. Only the
    last `longest` values are drawn. No value gives an empty text.
    """
    drawn = values[-longest:]
    highest = max(drawn, default=0)
    top = len(_BARS) - 1
    # Whole numbers only, so that counts of any size keep their order. A negative count is drawn as none.
    return "".join(
        _BARS[(max(value, 0) * top * 2 + highest) // (highest * 2)] if highest > 0 else _BARS[0] for value in drawn
    )
