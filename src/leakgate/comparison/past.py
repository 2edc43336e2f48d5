"""What earlier values of a metric make of this one: growth in small steps, and a test that moves by itself.

Both read the values that the metric had at the last measured commits up to the base, oldest first.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise

from leakgate.comparison.compare import MetricPair
from leakgate.comparison.limits import crossed, exceeds_maximum, fails_by_growth
from leakgate.comparison.result import Creep, Status
from leakgate.config import Limit

_RETURNS = 2
"""How often a metric must have come back from where it is now to be called one that moves. A leak that was mended
came back once."""


def crept(limit: Limit, past: Sequence[int], pair: MetricPair) -> Creep | None:
    """Whether small steps, of which this change is one, have crossed the limit together.

    A step that crossed the limit by itself was reported when it came, so only what came after it counts. Where the
    values went down on the way by more than half of what they rose in the end, that is a test that moves, and no
    creep. A change that adds nothing is not the one to be told, and one that crosses the limit by itself does not
    creep.

    Args:
        limit: Its `ratio` and `min_delta` count.
        past: The earlier values to look at, oldest first; the last one is the base's.
        pair: The base's value and this run's.
    """
    if pair.head is None or pair.base is None or pair.head <= pair.base or limit.ratio is None or not past:
        return None
    if crossed(limit, pair) is Status.FAIL:
        return None
    values = _since_last_jump(limit, [*past, pair.head])
    lowest = min(values)
    steps = values[len(values) - 1 - values[::-1].index(lowest) :]
    if not fails_by_growth(limit, lowest, pair.head):
        return None
    fallen = sum(before - after for before, after in pairwise(steps) if after < before)
    return None if 2 * fallen > pair.head - lowest else Creep(lowest=lowest, commits=len(steps) - 1)


def moves_by_itself(limit: Limit, past: Sequence[int], pair: MetricPair) -> bool:
    """Whether the metric has been as high as now before, and came back from there, more than once.

    Then this height is no news, whatever the base happens to be. What is over the absolute limit is news always.

    Args:
        limit: Its `ratio` and `min_delta` tell what is high, seen from the base.
        past: The earlier values, oldest first; the last one is the base's.
        pair: The base's value and this run's.
    """
    head, base = pair.head, pair.base
    if head is None or base is None or exceeds_maximum(limit, pair):
        return False
    heights = [max(run) for high, run in groupby(past, lambda value: fails_by_growth(limit, base, value)) if high]
    return sum(height >= head for height in heights) >= _RETURNS


def _since_last_jump(limit: Limit, values: Sequence[int]) -> list[int]:
    """The values from the last step on that crossed the limit by itself."""
    jumps = [at for at, (before, after) in enumerate(pairwise(values), 1) if fails_by_growth(limit, before, after)]
    return list(values[jumps[-1] if jumps else 0 :])
