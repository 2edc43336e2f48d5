"""What two runs of the same tests under leakgate have in common."""

from dataclasses import dataclass

from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Snapshot


@dataclass(frozen=True, slots=True)
class Difference:
    """A test whose figure was not the same twice."""

    test: str
    first: int
    second: int

    @property
    def spread(self) -> int:
        """By how many bytes."""
        return abs(self.second - self.first)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One metric of the tests that both runs have measured.

    Attributes:
        of: How many tests that is.
        differing: Those whose figures differ, the largest difference first.
    """

    of: int
    differing: tuple[Difference, ...]

    @property
    def equal(self) -> int:
        return self.of - len(self.differing)


@dataclass(frozen=True, slots=True)
class Figures:
    """Two runs.

    Attributes:
        measured: Ids of the tests that both have measured.
        once: Ids of the tests that one of them has measured, and the other not.
        failed: Ids of the tests that failed in either.
        t_end: Bytes at t-end.
        t_gmax: Bytes at t-gmax.
    """

    measured: frozenset[str]
    once: frozenset[str]
    failed: frozenset[str]
    t_end: Agreement
    t_gmax: Agreement


def compare(first: Snapshot, second: Snapshot) -> Figures:
    """Hold two runs of the same tests against each other."""
    one, two = ({test.test for test in run.tests} for run in (first, second))
    return Figures(
        frozenset(one & two),
        frozenset(one ^ two),
        frozenset(first.failed) | frozenset(second.failed),
        _agreement(first, second, Metric.T_END_BYTES),
        _agreement(first, second, Metric.T_GMAX_BYTES),
    )


def _agreement(first: Snapshot, second: Snapshot, metric: Metric) -> Agreement:
    values = {test.test: test.metrics[metric] for test in first.tests}
    pairs = [
        Difference(test.test, values[test.test], test.metrics[metric])
        for test in second.tests
        if test.test in values
    ]
    differing = [pair for pair in pairs if pair.spread]
    return Agreement(len(pairs), tuple(sorted(differing, key=lambda pair: (-pair.spread, pair.test))))
