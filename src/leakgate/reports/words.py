"""The sentences every report shares, so that the console and the comment say the same thing.

Where a sentence names what other people wrote, the report says with `quote` and `prose` how it writes that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leakgate.comparison.compare import RUNS, differing
from leakgate.comparison.result import (
    METRIC_NAMES,
    AcceptedGrowth,
    IgnoredGrowth,
    MetricResult,
    Result,
    Side,
    Status,
    TestResult,
    Verdict,
)
from leakgate.comparison.statics import RULE as STATICS
from leakgate.dhat.profile import Metric
from leakgate.reports.sparkline import sparkline
from leakgate.reports.untrusted import plain
from leakgate.sizes import format_count, format_size

HEADLINE_METRICS = (Metric.T_GMAX_BYTES, Metric.T_END_BYTES)

CROSSED = frozenset({Status.FAIL, Status.WARN, Status.ACCEPTED})
"""Of tests that crossed a limit, whatever follows from it."""

TREND_NEEDS = 3
"""Past values without which a row of bars shows nothing."""

_PAST_BARS = 7
"""Bars of past values: more would make a comment's table wrap."""

_DAY = 24 * 60 * 60
HASH = 12
"""Digits of a commit's hash that are shown."""


NO_BASELINE = "There is nothing to compare with yet. Make this run the baseline: `leakgate baseline save`."
"""What is said where nobody knows better."""


@dataclass(frozen=True, slots=True)
class Previous:
    """What was reported before, and was a failure.

    Attributes:
        failed_at: The head that crossed a limit.
        mended_at: The head that did not any more; None: the one that is reported now.
    """

    failed_at: str
    mended_at: str | None = None


def by_rules(result: Result) -> tuple[IgnoredGrowth, ...]:
    """What ignore rules of the config left out."""
    return tuple(each for each in result.ignored if each.rule != STATICS)


def by_statics(result: Result) -> str | None:
    """What was left out without a rule, in words; None where nothing was."""
    found = [each for each in result.ignored if each.rule == STATICS]
    if not found:
        return None
    held, tests = sum(each.t_end_bytes for each in found), sum(each.tests for each in found)
    return f"what initialisers of statics made, {format_size(held)} at t-end in {plural(tests, 'test')}"


def headline(result: Result) -> str:
    """The verdict in one line, without markup."""
    measured = sum(test.head_measured for test in result.tests)
    tests = plural(measured, "test")
    accepted = len({growth.test for growth in result.accepted})
    agreed = f"{plural(accepted, 'growth')} accepted"
    match result.verdict:
        case Verdict.FAIL:
            failed = sum(test.status == Status.FAIL for test in result.tests)
            return f"{failed:,} of {tests} crossed a memory limit" + (f", {agreed}" if accepted else "")
        case Verdict.ERROR:
            return "no verdict: the measurement is incomplete"
        case Verdict.NO_BASELINE:
            return f"no baseline: {tests} measured, growth was NOT judged"
        case Verdict.INCOMPARABLE:
            return f"baseline not comparable: {tests} measured, growth was NOT judged"
        case Verdict.PASS:
            sometimes, close = unsteady(result), _warned(result)
            within = measured - accepted - sometimes
            if accepted and within <= 0:
                return agreed + close
            words = f"{plural(within, 'test')} within their memory limits"
            return f"{agreed}, {words}{close}" if accepted else words + close


def _warned(result: Result) -> str:
    """How many tests only warn, and of what; empty, or with a comma in front."""
    warned = [test.metrics.values() for test in result.tests if test.status == Status.WARN]
    sometimes = unsteady(result)
    crept = sum(any(row.creep and row.status == Status.WARN for row in rows) for rows in warned)
    moving = sum(any(row.moves and row.status == Status.WARN for row in rows) for rows in warned)
    words = (
        (len(warned) - sometimes - crept - moving, "close to one"),
        (crept, "over one in small steps"),
        (moving, "over one as more than once before"),
        (sometimes, "over one in some runs only"),
    )
    return "".join(f", {count:,} {what}" for count, what in words if count > 0)


def unsteady(result: Result) -> int:
    """How many tests crossed a limit in some of their runs and not in the others."""
    return sum(
        any(row.status == Status.WARN and row.spread and row.spread.crossed for row in test.metrics.values())
        for test in result.tests
        if test.status == Status.WARN
    )


def amount(value: int | None, metric: Metric, units: tuple[str, str]) -> str:
    """A count with its unit, `–` for one that was not measured."""
    if value is None:
        return "–"
    return format_count(value, unit_of(metric, units))


def change(value: int | None, metric: Metric, units: tuple[str, str]) -> str:
    """A signed count with its unit."""
    if value is None:
        return "–"
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return sign + format_count(abs(value), unit_of(metric, units))


def ratio(result: MetricResult) -> str:
    """`2.25×`; `from 0` for growth that no ratio can tell the size of; `–` where there is nothing to divide."""
    if result.ratio is not None:
        return f"{result.ratio:.2f}×" if result.ratio < 100 else f"{result.ratio:,.0f}×"  # noqa: PLR2004 - 3 digits
    return "from 0" if result.base == 0 and result.head else "–"


def spread(row: MetricResult, metric: Metric, units: tuple[str, str]) -> str:
    """How far the runs of a check are apart: `crossed in 1 of 3 runs: 10 KiB to 25 KiB`, `20 runs: 10 B to 12 B`.

    Empty where there was a single run, or where there is nothing to tell of several.
    """
    found = row.spread
    if found is None:
        return ""
    ends = [amount(value, metric, units) for value in (found.lowest, found.highest)]
    values = " to ".join(ends) if found.lowest < found.highest else ""
    if found.crossed:
        return f"crossed in {found.crossed} of {plural(found.runs, 'run')}" + (f": {values}" if values else "")
    return f"{plural(found.runs, 'run')}: {values}" if values else ""


def unit_of(metric: Metric, units: tuple[str, str]) -> str:
    """The name of what the metric counts in a test with these units, which the profile chose."""
    return plain(units[metric.endswith("-blocks")])


def rows(test: TestResult) -> list[tuple[Metric, MetricResult]]:
    """The metrics worth a table row: what is limited or was crossed; if nothing is limited, what was measured."""
    limited = [(metric, result) for metric, result in test.metrics.items() if result.limit]
    if test.status in CROSSED:
        return [row for row in limited if row[1].status != Status.PASS]
    headline_rows = [(metric, result) for metric, result in test.metrics.items() if metric in HEADLINE_METRICS]
    return limited or headline_rows or list(test.metrics.items())


def trend(row: MetricResult) -> str:
    """The last few values and this one as bars; empty where there are none."""
    return sparkline((*row.trend[-_PAST_BARS:], row.head)) if row.trend and row.head is not None else ""


def has_trend(tests: Sequence[TestResult]) -> bool:
    """Whether any listed row has enough past values to show."""
    return any(len(row.trend) >= TREND_NEEDS for test in tests for _, row in rows(test))


def describe_side(side: Side, quote: Callable[[str], str] = plain) -> str:
    """Where a side comes from: the commit that was used, the one that was asked for, how old it is, the store.

    `1a2b3c4d5e6f, 3 commits before 9f8e7d6c5b4a (asked for, not measured), 2 days old, from the baselines branch`
    """
    parts = []
    if side.commit:
        parts.append(quote(side.commit[:HASH]))
    elif side.source:
        parts.append(quote(side.source))
    else:
        parts.append("an unknown commit")
    back = f"{plural(side.distance, 'commit')} before " if side.distance else ""
    if side.requested and side.requested == side.commit:
        parts.append("the commit asked for")
    elif side.requested:
        parts.append(f"{back or 'instead of '}{quote(side.requested[:HASH])} (asked for, not measured)")
    elif back:
        parts.append(f"{back}the head")
    if side.age_seconds is not None and side.age_seconds >= 0 and side.store != "rebuild":
        parts.append(_age(side.age_seconds))
    if side.commit and (store := _store(side, quote)):
        parts.append(store)
    return ", ".join(parts)


def _store(side: Side, quote: Callable[[str], str]) -> str:
    source = f" {quote(side.source)}" if side.source else ""
    match side.store:
        case "branch":
            name = (side.source or "").removeprefix("branch ")
            return f"from the branch {quote(name)}" if name else "from the baselines branch"
        case "artifact":
            return f"from the artifact{source}" if source else "from an artifact"
        case "rebuild":
            return "profiled in the same job"
        case _:
            return f"from{source}" if source else ""


def _age(seconds: int) -> str:
    """In whole days, so that a report does not change from hour to hour."""
    return f"{plural(seconds // _DAY, 'day')} old" if seconds >= _DAY else "less than a day old"


def differences(result: Result) -> list[tuple[str, str, str]]:
    """Why the sides are not comparable: field, what the baseline says, what this run says."""
    base = result.base.fingerprint if result.base else {}
    return [(each.field, each.base, each.head) for each in differing(base, result.head.fingerprint)]


def how_to_go_on(side: Side) -> str:
    """What makes runs comparable again, where the baseline was measured differently."""
    match side.store:
        case "branch" | "artifact":
            return "The next push to a tracked branch, or a scheduled run on it, measures it anew."
        case "rebuild":
            return "Once this change is merged, both sides are measured in the new way."
        case _:
            return "To go on, save a baseline that was measured like this run."


def describe_accepted(
    growth: AcceptedGrowth,
    units: tuple[str, str],
    quote: Callable[[str], str] = plain,
    prose: Callable[[str], str] = plain,
) -> str:
    """Who accepted what: `s3 put: t-gmax 2.9 MiB, accepted by alice with the label leakgate: accept`."""
    what = f"{METRIC_NAMES[growth.metric]} {prose(amount(growth.value, growth.metric, units))}"
    if growth.label is not None:
        by = f" by {quote(growth.by)}" if growth.by else ""
        how = f"{by} with the label {quote(growth.label)}"
    else:
        up_to = prose(amount(growth.up_to, growth.metric, units))
        until = f" until {prose(growth.expires)}" if growth.expires else ""
        how = f" up to {up_to}{until} in {quote(growth.source)}: {prose(growth.reason or '–')}"
    return f"{quote(growth.test)}: {what}, accepted{how}"


def describe_fingerprint(side: Side) -> str:
    """How a side was measured: `dhat-rs 0.3.3, rustc 1.95.0, x86_64-unknown-linux-gnu, dev`."""
    order = ("profiler", "rustc", "target", "cargo-profile", "features", RUNS)
    parts = []
    for field in order:
        value = side.fingerprint.get(field)
        if not value:
            continue
        if field == "profiler" and (version := side.fingerprint.get("profiler-version")):
            value = f"{value} {version}"
        if field in {"rustc", "features"}:
            value = f"{field} {value}"
        parts.append(plain(value))
    return ", ".join(parts)


def plural(number: int, noun: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
