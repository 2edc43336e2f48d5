"""One metric of one test over commits, and the commit where it stepped up for good.

"Since when is it like this?" is answered here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median_low

from leakgate.comparison.limits import fails_by_growth
from leakgate.config import Config, Limit
from leakgate.dhat.profile import Metric

ANY_GROWTH = Limit(ratio=1.5)
"""What counts as a step in a metric whose growth nothing limits."""


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement.

    Attributes:
        commit: The full hash of the commit that was measured.
        branch: The branch it was pushed to.
        time: When it was saved, in UTC.
        value: Bytes or blocks; None where the test was not measured at this commit.
        fingerprint: A text that differs where it was measured otherwise; None where nothing is known of that.
    """

    commit: str
    branch: str
    time: datetime
    value: int | None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one test over commits.

    Attributes:
        test: The test id.
        metric: What was measured.
        points: Oldest first.
    """

    test: str
    metric: Metric
    points: tuple[Point, ...]

    @property
    def values(self) -> list[int]:
        """The values that are known, oldest first."""
        return [point.value for point in self.points if point.value is not None]


@dataclass(frozen=True, slots=True)
class Step:
    """Where a series rose for good.

    Attributes:
        commit: The first commit of the higher values.
        before: The median of the values before it.
        after: The median of its value and of those after it.
    """

    commit: str
    before: int
    after: int

    @property
    def ratio(self) -> float | None:
        """`after / before`, None where it rose from 0."""
        return self.after / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class Trend:
    """A series, and what is to be said of it.

    Attributes:
        series: The values.
        limit: The limit on the metric's growth that tells a step from noise.
        step: Where it rose for good; None where it did not.
    """

    series: Series
    limit: Limit
    step: Step | None


def trend(series: Series, config: Config) -> Trend:
    """Look for the step in a series, by the limit that the config has for this test and metric."""
    limit = config.limits_for(series.test).get(series.metric, ANY_GROWTH)
    if limit.ratio is None:
        limit = ANY_GROWTH
    limit = replace(limit, maximum=None, warn_ratio=None)
    return Trend(series, limit, find_step(series.points, limit))


def find_step(points: Sequence[Point], limit: Limit) -> Step | None:
    """The commit where the values rose for good.

    Each place between two commits splits the values in those before and those after it, each half with its median
    (of an even number of values: the lower middle one). A split is a step when its growth would fail the gate:
    when the median after it, the first value after it and the last value of all each cross `limit` against the
    median before it. So a spike that went back is none, nor is growth that has been mended since. Of several the
    one counts whose values lie nearest to their half's median, by the sum of the absolute deviations; then the one
    that rose most; then the earliest.

    Points without a value are passed over. Only the latest points that were measured in the same way are looked
    at: what a new compiler adds is no commit's growth.

    Args:
        points: Oldest first.
        limit: Its ratio and min-delta count.
    """
    same = _measured_alike([point for point in points if point.value is not None])
    values = [point.value for point in same if point.value is not None]
    if not values or not fails_by_growth(limit, min(values), max(values)):
        return None
    steps = []
    for at in range(1, len(values)):
        before, after = median_low(values[:at]), median_low(values[at:])
        if all(fails_by_growth(limit, before, value) for value in (after, values[at], values[-1])):
            deviation = sum(abs(value - before) for value in values[:at])
            deviation += sum(abs(value - after) for value in values[at:])
            steps.append((deviation, before - after, at, Step(same[at].commit, before, after)))
    return min(steps, key=lambda step: step[:3])[3] if steps else None


def _measured_alike(points: Sequence[Point]) -> Sequence[Point]:
    """The latest points that share the last one's fingerprint."""
    start = len(points)
    while start and points[start - 1].fingerprint == points[-1].fingerprint:
        start -= 1
    return points[start:]
