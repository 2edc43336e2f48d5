"""judge(comparison, config) → Result: which growth crosses a limit, and which sites it comes from.

"Why did it fail?" is answered here and nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from leakgate.comparison.compare import Comparison, MetricPair, SitePair, TestPair
from leakgate.comparison.result import (
    FailedTest,
    IgnoredGrowth,
    MetricResult,
    Result,
    Side,
    SiteResult,
    Status,
    TestResult,
    Verdict,
)
from leakgate.config import Config, IgnoreRule, Limit
from leakgate.dhat.profile import Metric
from leakgate.sizes import format_count
from leakgate.snapshot.stacks import fold

SITES_SHOWN = 10
"""Sites listed a test; the others are summed up in the residual."""

_LEAKS_FIRST = (
    Metric.T_END_BYTES,
    Metric.T_GMAX_BYTES,
    Metric.T_END_BLOCKS,
    Metric.T_GMAX_BLOCKS,
    Metric.TOTAL_BYTES,
    Metric.TOTAL_BLOCKS,
)
_WORST_FIRST = (Status.FAIL, Status.WARN, Status.NEW, Status.GONE, Status.PASS, Status.IGNORED)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the reader must know of a run beside its figures.

    Attributes:
        base: Where the baseline comes from; None when there is none.
        head: Where this run comes from.
        command: The command that was profiled; None for stored snapshots.
        failed: The tests that failed.
        problems: What made the measurement incomplete; each turns the verdict into `error`.
        notes: What the reader should know and that changes nothing.
    """

    base: Side | None
    head: Side
    command: str | None = None
    failed: tuple[FailedTest, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def judge(comparison: Comparison, config: Config, origin: Provenance) -> Result:
    """Hold every test against its limits.

    Args:
        comparison: The two sides.
        config: Limits, ignore rules, the share of tests that may be missing.
        origin: Where the sides come from and what went wrong on the way.

    Returns:
        The result, its tests sorted worst first.
    """
    comparable = comparison.base is not None and not comparison.differences
    tally = _IgnoreTally(config.ignore)
    tests = [_judge_test(pair, config, tally, comparable=comparable) for pair in comparison.tests]
    tests.sort(key=lambda test: (_WORST_FIRST.index(test.status), -_crossing(test), test.name))
    problems = (
        *origin.problems,
        *_missing(comparison, config, origin.failed),
        *_unjudged(comparison, config, comparable=comparable),
    )
    return Result(
        verdict=_verdict(comparison, tests, problems),
        problems=problems,
        notes=(*origin.notes, *_differences(comparison), *tally.unmatched()),
        base=origin.base,
        head=origin.head,
        command=origin.command,
        tests=tuple(tests),
        unmeasured=comparison.head.unmeasured,
        failed=origin.failed,
        ignored=tally.matched(),
    )


def crossed(limit: Limit, pair: MetricPair) -> Status:
    """Hold one metric against its limit.

    Returns:
        `fail` when `head > max`, or `head > base × ratio` and `head - base > min-delta`; `warn` likewise with
        `warn-ratio`; else `pass`. With a base of 0 only the bytes decide, without a base only `max` does.
    """
    if pair.head is None:
        return Status.PASS
    if limit.maximum is not None and pair.head > limit.maximum:
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


def _judge_test(pair: TestPair, config: Config, tally: "_IgnoreTally", *, comparable: bool) -> TestResult:
    limits = config.limits_for(pair.name)
    ignored_test = tally.ignores_test(pair)
    ignored_sites = tally.ignored_sites(pair)
    metrics: dict[Metric, MetricResult] = {}
    for metric, raw in pair.metrics.items():
        pair_judged = _without(raw, metric, ignored_sites)
        if not comparable:
            pair_judged = replace(pair_judged, base=None)
        limit = limits.get(metric)
        metrics[metric] = MetricResult(
            base=pair_judged.base,
            head=pair_judged.head,
            delta=pair_judged.delta,
            ratio=pair_judged.ratio,
            status=crossed(limit, pair_judged) if limit and not ignored_test else Status.PASS,
            limit=describe(limit, pair.units[metric.endswith("-blocks")]) if limit else None,
        )
    status = Status.IGNORED if ignored_test else _test_status(pair, metrics, comparable=comparable)
    judged = [metric for metric in _LEAKS_FIRST if metric in metrics and metrics[metric].status != Status.PASS]
    return TestResult(
        name=pair.name,
        status=status,
        units=pair.units,
        metrics=metrics,
        sites=_grown_sites(pair, metrics, judged, ignored_sites, comparable=comparable) if judged else (),
    )


def _test_status(pair: TestPair, metrics: Mapping[Metric, MetricResult], *, comparable: bool) -> Status:
    statuses = {result.status for result in metrics.values()}
    for status in (Status.FAIL, Status.WARN):
        if status in statuses:
            return status
    if comparable and pair.base is None:
        return Status.NEW
    return Status.GONE if pair.head is None else Status.PASS


def _grown_sites(
    pair: TestPair,
    metrics: Mapping[Metric, MetricResult],
    judged: Sequence[Metric],
    ignored: Sequence[SitePair],
    *,
    comparable: bool,
) -> tuple[SiteResult, ...]:
    skipped = {site.shown.chain for site in ignored}
    sites = [
        site if comparable else SitePair(None, site.head) for site in pair.sites if site.shown.chain not in skipped
    ]
    grown = [site for site in sites if any(site.delta(metric) > 0 for metric in judged)]
    grown.sort(key=lambda site: ([-site.delta(metric) for metric in judged], site.shown.chain))
    shown = [_site_result(site, metrics) for site in grown[:SITES_SHOWN]]
    rest = {
        metric: _growth(result) - sum(site.delta[metric] for site in shown) for metric, result in metrics.items()
    }
    if any(rest.values()):
        shown.append(
            SiteResult(function=None, file=None, line=None, cause=None, base={}, head={}, delta=rest, stack=())
        )
    return tuple(shown)


def _site_result(site: SitePair, metrics: Iterable[Metric]) -> SiteResult:
    return SiteResult(
        function=site.shown.function,
        file=site.shown.file,
        line=site.shown.line,
        cause=None,
        base=site.base.counts if site.base else {},
        head=site.head.counts if site.head else {},
        delta={metric: site.delta(metric) for metric in metrics},
        stack=tuple(fold(site.shown.stack)),
    )


def _crossing(test: TestResult) -> int:
    """By how many bytes (or blocks) the test grew in what it crossed."""
    return max((_growth(row) for row in test.metrics.values() if row.status != Status.PASS), default=0)


def _growth(result: MetricResult) -> int:
    return (result.head or 0) - (result.base or 0)


def _without(pair: MetricPair, metric: Metric, ignored: Sequence[SitePair]) -> MetricPair:
    if not ignored:
        return pair
    base = sum(site.base.counts.get(metric, 0) for site in ignored if site.base)
    head = sum(site.head.counts.get(metric, 0) for site in ignored if site.head)
    return MetricPair(
        None if pair.base is None else pair.base - base, None if pair.head is None else pair.head - head
    )


def _verdict(comparison: Comparison, tests: Sequence[TestResult], problems: Sequence[str]) -> Verdict:
    if problems:
        return Verdict.ERROR
    if any(test.status == Status.FAIL for test in tests):
        return Verdict.FAIL
    if comparison.base is None:
        return Verdict.NO_BASELINE
    return Verdict.INCOMPARABLE if comparison.differences else Verdict.PASS


def _missing(comparison: Comparison, config: Config, failed: Sequence[FailedTest]) -> Iterable[str]:
    """A run that measures much less than the baseline did is no green run, whatever it measured."""
    if comparison.base is None or comparison.differences:
        return
    known_failures = {test.name for test in failed}
    gone = [pair.name for pair in comparison.tests if pair.head is None and pair.name not in known_failures]
    of = len(comparison.base.tests)
    if of and len(gone) > of * config.max_missing:
        yield (
            f"{len(gone)} of the {of} tests in the baseline were not measured, more than the "
            f"{config.max_missing:.0%} that `max-missing` allows. If they were removed on purpose, save a new "
            "baseline."
        )


def _unjudged(comparison: Comparison, config: Config, *, comparable: bool) -> Iterable[str]:
    """Limits that nothing was held against: a run that judges nothing is not green."""
    pairs = [pair for pair in comparison.tests if pair.head is not None]
    if pairs and not any(metric in config.limits_for(pair.name) for pair in pairs for metric in pair.metrics):
        measured = ", ".join(f"`{metric}`" for metric in Metric if any(metric in pair.metrics for pair in pairs))
        yield f"Nothing was judged: none of the measured metrics ({measured}) has a limit."
    for metric in Metric if comparable else ():
        lost = [
            pair.name
            for pair in pairs
            if metric in config.limits_for(pair.name)
            and metric in pair.metrics
            and pair.base is not None
            and pair.metrics[metric].head is None
        ]
        if lost:
            others = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            yield f"`{metric}` has a limit and a baseline, and was not measured now: `{lost[0]}`{others}."


def _differences(comparison: Comparison) -> Iterable[str]:
    if comparison.differences:
        fields = "; ".join(
            f"{d.field}: `{d.base}` in the baseline, `{d.head}` now" for d in comparison.differences
        )
        yield f"The baseline was measured differently, so growth was not judged ({fields})."


class _IgnoreTally:
    """Applies the ignore rules and counts what each one hides, so that no rule hides anything in silence."""

    def __init__(self, rules: Sequence[IgnoreRule]) -> None:
        self._rules = rules
        self._tests: list[set[str]] = [set() for _ in rules]
        self._bytes = [0 for _ in rules]

    def ignores_test(self, pair: TestPair) -> bool:
        hits = [i for i, rule in enumerate(self._rules) if rule.test and fnmatchcase(pair.name, rule.test)]
        for i in hits:
            self._tests[i].add(pair.name)
            self._bytes[i] += pair.head.metrics.get(Metric.T_END_BYTES, 0) if pair.head else 0
        return bool(hits)

    def ignored_sites(self, pair: TestPair) -> list[SitePair]:
        if not any(rule.frame for rule in self._rules):
            return []
        ignored = []
        for site in pair.sites:
            hits = [
                i
                for i, rule in enumerate(self._rules)
                if rule.frame and any(fnmatchcase(name, rule.frame) for name in site.shown.chain)
            ]
            if hits:
                self._tests[hits[0]].add(pair.name)
                self._bytes[hits[0]] += site.head.counts.get(Metric.T_END_BYTES, 0) if site.head else 0
                ignored.append(site)
        return ignored

    def matched(self) -> tuple[IgnoredGrowth, ...]:
        return tuple(
            IgnoredGrowth(
                rule=rule.frame or rule.test or "",
                reason=rule.reason,
                expires=rule.expires.isoformat() if rule.expires else None,
                tests=len(tests),
                t_end_bytes=count,
            )
            for rule, tests, count in zip(self._rules, self._tests, self._bytes, strict=True)
            if tests
        )

    def unmatched(self) -> Iterable[str]:
        for rule, tests in zip(self._rules, self._tests, strict=True):
            if not tests:
                yield f"The ignore rule `{rule.frame or rule.test}` matched nothing; it can be removed."
