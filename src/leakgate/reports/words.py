"""The sentences every report shares, so that the console and the comment say the same thing."""

from leakgate.comparison.result import (
    METRIC_NAMES,
    MetricResult,
    Result,
    Side,
    SiteResult,
    Status,
    TestResult,
    Verdict,
)
from leakgate.dhat.profile import Metric
from leakgate.reports.untrusted import plain
from leakgate.sizes import format_count

HEADLINE_METRICS = (Metric.T_GMAX_BYTES, Metric.T_END_BYTES)


def headline(result: Result) -> str:
    """The verdict in one line, without markup."""
    measured = sum(test.head_measured for test in result.tests)
    tests = plural(measured, "test")
    match result.verdict:
        case Verdict.FAIL:
            failed = sum(test.status == Status.FAIL for test in result.tests)
            return f"{failed} of {tests} crossed a memory limit"
        case Verdict.ERROR:
            return "no verdict: the measurement is incomplete"
        case Verdict.NO_BASELINE:
            return f"no baseline: {tests} measured, growth was NOT judged"
        case Verdict.INCOMPARABLE:
            return f"baseline not comparable: {tests} measured, growth was NOT judged"
        case Verdict.PASS:
            warned = sum(test.status == Status.WARN for test in result.tests)
            return f"{tests} within their memory limits" + (f", {warned} close to one" if warned else "")


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


def site_heading(metric: Metric, row: MetricResult) -> str:
    """What a table of sites shows of a metric: what each added, or what each holds where size is the news."""
    return f"Δ {METRIC_NAMES[metric]}" if row.grown else METRIC_NAMES[metric]


def site_figure(site: SiteResult, metric: Metric, test: TestResult) -> str:
    """The figure for that heading."""
    if test.metrics[metric].grown:
        return change(site.delta.get(metric), metric, test.units)
    return amount(site.head.get(metric), metric, test.units)


def site_value(site: SiteResult, metric: Metric, test: TestResult) -> int:
    """The same as a number."""
    return (site.delta if test.metrics[metric].grown else site.head).get(metric, 0)


def unit_of(metric: Metric, units: tuple[str, str]) -> str:
    """The name of what the metric counts in a test with these units, which the profile chose."""
    return plain(units[metric.endswith("-blocks")])


def rows(test: TestResult) -> list[tuple[Metric, MetricResult]]:
    """The metrics worth a table row: what is limited or was crossed; if nothing is limited, what was measured."""
    limited = [(metric, result) for metric, result in test.metrics.items() if result.limit]
    if test.status in {Status.FAIL, Status.WARN}:
        return [row for row in limited if row[1].status != Status.PASS]
    headline_rows = [(metric, result) for metric, result in test.metrics.items() if metric in HEADLINE_METRICS]
    return limited or headline_rows or list(test.metrics.items())


def describe_side(side: Side) -> str:
    """Where a side comes from: `abc123def456, 3 commits before the head`, `baseline.json`."""
    parts = []
    if side.commit:
        parts.append(side.commit[:12])
    if side.source:
        parts.append(side.source)
    if side.distance:
        parts.append(f"{plural(side.distance, 'commit')} before the head")
    if side.requested and side.requested != side.commit:
        parts.append(f"instead of {side.requested[:12]}, which was not measured")
    return ", ".join(parts) or "an unknown commit"


def describe_fingerprint(side: Side) -> str:
    """How a side was measured: `dhat-rs 0.3.3, rustc 1.95.0, x86_64-unknown-linux-gnu, dev`."""
    order = ("profiler", "rustc", "target", "cargo-profile", "features")
    parts = []
    for field in order:
        value = side.fingerprint.get(field)
        if not value:
            continue
        if field == "profiler" and (version := side.fingerprint.get("profiler-version")):
            value = f"{value} {version}"
        if field in {"rustc", "features"}:
            value = f"{field} {value}"
        parts.append(value)
    return ", ".join(parts)


def place(site: SiteResult) -> str:
    """`src/put.rs:9`, or what is known of it."""
    if not site.file:
        return "unknown file"
    return f"{site.file}:{site.line}" if site.line else site.file


def plural(number: int, noun: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
