"""One metric against its limit: crossed or not, and in words."""

from collections.abc import Mapping
from dataclasses import replace

from leakgate.comparison.compare import MetricPair
from leakgate.comparison.result import Creep, Status
from leakgate.config import Config, Limit
from leakgate.dhat.profile import Metric
from leakgate.sizes import format_count
from leakgate.snapshot.model import Snapshot


def crossed(limit: Limit, pair: MetricPair) -> Status:
    """Hold one metric against its limit.

    Returns:
        `fail` when `head > max`, or `head > base × ratio` and `head - base > min-delta`; `warn` likewise with
        `warn-ratio`; else `pass`. With a base of 0 only the bytes decide, without a base only `max` does.
    """
    if pair.head is None:
        return Status.PASS
    if exceeds_maximum(limit, pair):
        return Status.FAIL
    if pair.base is None or pair.head - pair.base <= limit.min_delta:
        return Status.PASS
    if limit.ratio is not None and pair.head > pair.base * limit.ratio:
        return Status.FAIL
    if limit.warn_ratio is not None and pair.head > pair.base * limit.warn_ratio:
        return Status.WARN
    return Status.PASS


def ceiling(limit: Limit, base: int | None) -> int | None:
    """The largest value that does not fail, None where nothing fails; see `crossed`."""
    ceilings = [] if limit.maximum is None else [limit.maximum]
    if base is not None and limit.ratio is not None:
        ceilings.append(max(int(base * limit.ratio), base + limit.min_delta))
    return min(ceilings, default=None)


def ceilings(config: Config, base: Snapshot | None) -> Mapping[str, int]:
    """For each test of the baseline the highest peak, in bytes, that does not fail."""
    found = {}
    for test in base.tests if base else ():
        limit = config.limits_for(test.test).get(Metric.T_GMAX_BYTES)
        highest = ceiling(limit, test.metrics.get(Metric.T_GMAX_BYTES)) if limit else None
        if highest is not None:
            found[test.test] = highest
    return found


def crossed_by_growth(limit: Limit, pair: MetricPair) -> Status:
    """The same, of how much it grew alone."""
    return crossed(replace(limit, maximum=None), pair)


def fails_by_growth(limit: Limit, base: int, head: int) -> bool:
    """Whether growth from one value to another fails."""
    return crossed_by_growth(limit, MetricPair(base, head)) is Status.FAIL


def exceeds_maximum(limit: Limit, pair: MetricPair) -> bool:
    """Whether it is over the absolute limit, however much it grew."""
    return limit.maximum is not None and pair.head is not None and pair.head > limit.maximum


def describe(limit: Limit, unit: str) -> str | None:
    """The limit in words, `1.5× and +4 KiB, max 2 MiB`; None if nothing is limited."""
    parts = []
    ratio = limit.ratio if limit.ratio is not None else limit.warn_ratio
    if ratio is not None:
        word = f"{ratio:g}×" if limit.ratio is not None else f"{ratio:g}× (warns)"
        parts.append(f"{word} and +{format_count(limit.min_delta, unit)}" if limit.min_delta else word)
    if limit.maximum is not None:
        parts.append(f"max {format_count(limit.maximum, unit)}")
    return ", ".join(parts) or None


def describe_crossed(limit: Limit, pair: MetricPair, unit: str) -> str | None:
    """The part of the limit that was crossed, in words; all of it where none was."""
    grown = crossed_by_growth(limit, pair)
    if grown is Status.WARN:
        return describe(replace(limit, ratio=None, maximum=None), unit)
    over = exceeds_maximum(limit, pair)
    if grown is Status.FAIL and not over:
        return describe(replace(limit, maximum=None), unit)
    if over and grown is Status.PASS:
        return describe(Limit(maximum=limit.maximum), unit)
    return describe(limit, unit)


def describe_creep(limit: Limit, creep: Creep, unit: str) -> str:
    """What small steps have crossed together: `1.5× and +64 B, crept from 10 KiB`."""
    words = describe(Limit(ratio=limit.ratio, min_delta=limit.min_delta), unit)
    return f"{words}, crept from {format_count(creep.lowest, unit)}"
