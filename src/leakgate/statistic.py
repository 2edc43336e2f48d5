"""Which of several runs of a test stands for all of them."""

from collections.abc import Sequence
from enum import StrEnum
from math import ceil


class Statistic(StrEnum):
    """What is made of the values that one metric had in several runs."""

    LAST = "last"
    MEDIAN = "median"
    MAX = "max"
    P99 = "p99"


_RANKS = {Statistic.MEDIAN: 0.5, Statistic.MAX: 1.0, Statistic.P99: 0.99}
"""The share of the runs whose value is at most the chosen one."""


def chosen(values: Sequence[int], statistic: Statistic) -> int:
    """The index of the run whose value is the statistic of all.

    It is always a value that was observed, by nearest rank: of an even number of runs the median is the lower of
    the two in the middle, and below 100 runs p99 is the maximum. Of several runs with that value the last counts.

    Args:
        values: One a run, in the order they ran; at least one.
        statistic: Which.
    """
    if statistic is Statistic.LAST:
        return len(values) - 1
    value = sorted(values)[ceil(_RANKS[statistic] * len(values)) - 1]
    return max(index for index, each in enumerate(values) if each == value)
