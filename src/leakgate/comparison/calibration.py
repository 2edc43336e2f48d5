"""calibrate(runs) → Calibration: how far the same code moved between runs, and which limits leave room for that.

The proposal is a `min-delta` of twice the spread (highest − lowest) that was seen, because few runs show less than
there is, and because a gate looks at the difference of two runs, a baseline and a head. Of figures that are
normally distributed, chance alone goes beyond it in one comparison of 80 after five runs, and of 1,000 after ten;
and since what crosses a limit is measured again twice, it fails in one of 500, or in fewer than one of 10,000.
That is simulated; a test does it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from leakgate.comparison.result import MetricResult, Result, Status, TestResult
from leakgate.config import Config, Limit
from leakgate.dhat.profile import Metric

_MARGIN = 2
"""The proposed `min-delta` in spreads."""

_STEPS = 3
"""Binary digits that a proposal is rounded up to: 4, 5, 6 or 7 times a power of two reads well in any unit."""

_LEAST = {"bytes": 64}
"""What a proposal is a multiple of, by unit; others count single things."""

_TIGHT_RATIO = 1.1
_TIGHTER = 4
"""Where nothing moves at all, limits for every test may have this part of their `min-delta`."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One metric of one test that was not the same in all runs.

    Attributes:
        test: The test id.
        metric: Which.
        unit: What it counts.
        lowest: Its lowest value.
        highest: Its highest value.
        limit: Its limit now.
        min_delta: The proposal; None where the limit leaves room enough.
        near_maximum: Whether its absolute limit is within reach of chance.
    """

    test: str
    metric: Metric
    unit: str
    lowest: int
    highest: int
    limit: Limit
    min_delta: int | None
    near_maximum: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """What several runs of the same code tell of its limits.

    Attributes:
        runs: How many.
        steady: How many tests were the same in every limited metric of every run.
        movements: What moved, by test.
        tighter: Metric → a limit for every test that would do too; empty where something moved.
        partly: Ids of the tests that were not measured in every run, and of which nothing is said.
    """

    runs: int
    steady: int
    movements: tuple[Movement, ...]
    tighter: Mapping[Metric, Limit]
    partly: tuple[str, ...]


def calibrate(runs: Sequence[Result], config: Config) -> Calibration:
    """Say what moved between runs, and what to put into the config for it.

    Args:
        runs: Two or more of the same code, each judged without a baseline: what is ignored is left out of them.
        config: Its limits are what a proposal is for.
    """
    tests = [{test.name: test for test in run.tests if test.status is not Status.IGNORED} for run in runs]
    everywhere = set.intersection(*(set(each) for each in tests))
    movements: list[Movement] = []
    for name in sorted(everywhere):
        movements += _movements([each[name] for each in tests], config.limits_for(name))
    moved = {movement.test for movement in movements}
    return Calibration(
        runs=len(runs),
        steady=len(everywhere) - len(moved),
        movements=tuple(movements),
        tighter={} if moved or not everywhere else dict(_tighter(config.limits)),
        partly=tuple(sorted(set.union(*(set(each) for each in tests)) - everywhere)),
    )


def _movements(runs: Sequence[TestResult], limits: Mapping[Metric, Limit]) -> Iterator[Movement]:
    for metric, limit in limits.items():
        values = list(_values([run.metrics.get(metric) for run in runs]))
        if not values or min(values) == max(values):
            continue
        lowest, highest = min(values), max(values)
        unit = runs[0].units[metric.endswith("-blocks")]
        margin = _MARGIN * (highest - lowest)
        yield Movement(
            test=runs[0].name,
            metric=metric,
            unit=unit,
            lowest=lowest,
            highest=highest,
            limit=limit,
            min_delta=None if _has_room(limit, lowest, margin) else _rounded_up(margin, _LEAST.get(unit, 1)),
            near_maximum=limit.maximum is not None and lowest + margin > limit.maximum,
        )


def _values(rows: Sequence[MetricResult | None]) -> Iterator[int]:
    for row in rows:
        if row is not None and row.head is not None:
            yield row.head


def _has_room(limit: Limit, lowest: int, margin: int) -> bool:
    """Whether growth by `margin` from the lowest value, where a ratio is smallest, crosses nothing."""
    ratios = [ratio for ratio in (limit.ratio, limit.warn_ratio) if ratio is not None]
    return margin <= limit.min_delta or not ratios or lowest + margin <= lowest * min(ratios)


def _rounded_up(value: int, least: int) -> int:
    step = max(least, 1 << max(value.bit_length() - _STEPS, 0))
    return -(-value // step) * step


def _tighter(limits: Mapping[Metric, Limit]) -> Iterator[tuple[Metric, Limit]]:
    for metric, limit in limits.items():
        if limit.ratio is not None and limit.ratio > _TIGHT_RATIO:
            yield (
                metric,
                replace(limit, ratio=_TIGHT_RATIO, warn_ratio=None, min_delta=limit.min_delta // _TIGHTER),
            )
