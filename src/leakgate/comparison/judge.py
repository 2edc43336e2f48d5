"""judge(comparison, config) → Result: which growth crosses a limit, and which sites it comes from.

"Why did it fail?" is answered here and nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from msgspec import structs

from leakgate.comparison.accepting import AcceptTally, LabelAcceptance
from leakgate.comparison.causes import Explanation, explain
from leakgate.comparison.compare import RUNS, Comparison, MetricPair, TestPair
from leakgate.comparison.coverage import missing, unjudged, unmatched
from leakgate.comparison.ignoring import IgnoreTally
from leakgate.comparison.limits import describe
from leakgate.comparison.matching import SitePair
from leakgate.comparison.renames import Kinship
from leakgate.comparison.residual import residual
from leakgate.comparison.result import (
    LEAKS_FIRST,
    FailedTest,
    MetricResult,
    MetricSpread,
    Result,
    Side,
    SiteResult,
    Status,
    TestResult,
    Verdict,
)
from leakgate.comparison.statics import StaticTally
from leakgate.comparison.weighing import calmest, weigh
from leakgate.config import Config, Limit
from leakgate.dhat.names import STD_CRATES, crate_of
from leakgate.dhat.profile import Metric
from leakgate.snapshot.stacks import fold

TREND = 12
"""Past values kept for each metric."""

SITES_KEPT = 50
"""Sites of a test in the result, for `leakgate explain`; the others are summed up in the residual."""

_KEPT_OF_MANY = 10
"""The same of each test from the hundredth on: thousands of tests that fail together have one reason."""

_WELL_KEPT = 100
_WORST_FIRST = (Status.FAIL, Status.WARN, Status.ACCEPTED, Status.NEW, Status.GONE, Status.PASS, Status.IGNORED)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the reader must know of a run beside its figures.

    Attributes:
        base: Where the baseline comes from; None when there is none.
        base_missing: Why there is none, and what to do; sentences.
        head: Where this run comes from.
        command: The command that was profiled; None for stored snapshots.
        failed: The tests that failed.
        problems: What made the measurement incomplete; each turns the verdict into `error`.
        notes: What the reader should know and that changes nothing.
        accepted_by: The label that accepts growth, where the pull request has it.
        past: Test id → metric → its values at the last measured commits up to the base, oldest first.
    """

    base: Side | None
    head: Side
    command: str | None = None
    failed: tuple[FailedTest, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    base_missing: str | None = None
    accepted_by: LabelAcceptance | None = None
    past: Mapping[str, Mapping[Metric, tuple[int, ...]]] = field(default_factory=dict)


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
    rules = _Rules(
        config,
        IgnoreTally(config.ignore),
        AcceptTally(config, origin.accepted_by),
        origin.past if comparable else {},
        comparable=comparable,
        takes_runs_together=RUNS in comparison.head.fingerprint,
        again=comparison.head.fingerprint.get("rounds", "1") != "1",
    )
    failed = {test.name for test in origin.failed}
    # A test that failed is named as such: it is not gone.
    statics = StaticTally()
    pairs = [
        statics.without(pair) for pair in comparison.tests if pair.head is not None or pair.name not in failed
    ]
    rules = replace(rules, past=statics.comparable(rules.past))
    tests = [_judge_test(pair, rules) for pair in pairs]
    tests.sort(key=worst_first)
    tests[_WELL_KEPT:] = [_with_fewer_sites(test) for test in tests[_WELL_KEPT:]]
    problems = (
        *origin.problems,
        *(missing(comparison, config, failed) if not origin.problems else ()),
        *unjudged(comparison, config, comparable=comparable),
    )
    measured = {pair.name for pair in pairs if pair.head is not None} | failed
    return Result(
        verdict=word_of(comparison, tests, problems),
        problems=problems,
        notes=(
            *origin.notes,
            *unmatched(comparison, config),
            *rules.accepting.notes(measured, comparable=comparable),
        ),
        warnings=tuple(rules.ignoring.unmatched()),
        base=origin.base,
        base_missing=origin.base_missing,
        head=origin.head,
        command=origin.command,
        tests=tuple(tests),
        unmeasured=comparison.head.unmeasured,
        failed=origin.failed,
        ignored=(*rules.ignoring.matched(), *statics.matched()),
        accepted=rules.accepting.accepted,
    )


@dataclass(frozen=True, slots=True)
class _Rules:
    """All that the word on a test depends on, beside its figures."""

    config: Config
    ignoring: IgnoreTally
    accepting: AcceptTally
    past: Mapping[str, Mapping[Metric, tuple[int, ...]]]
    comparable: bool
    takes_runs_together: bool
    again: bool


def _judge_test(pair: TestPair, rules: _Rules) -> TestResult:
    limits, comparable = rules.config.limits_for(pair.name), rules.comparable
    ignored_test = rules.ignoring.ignores_test(pair)
    ignored_sites = rules.ignoring.ignored_sites(pair)
    # What ignored sites held in the past is not known, so that past values say nothing beside what is left now.
    past = {} if ignored_sites else rules.past.get(pair.name, {})
    metrics: dict[Metric, MetricResult] = {}
    for metric, raw in pair.metrics.items():
        pair_judged = _without(raw, metric, ignored_sites)
        if not comparable:
            pair_judged = replace(pair_judged, base=None)
        row = MetricResult(
            base=pair_judged.base,
            head=pair_judged.head,
            delta=pair_judged.delta,
            ratio=pair_judged.ratio,
            status=Status.PASS,
            grown=False,
            limit=None,
            spread=None if ignored_sites else _spread(pair, metric),
        )
        limit = limits.get(metric)
        if limit and ignored_test:
            row = structs.replace(row, limit=describe(limit, _unit(pair, metric)))
        elif limit:
            calm = (
                pair_judged if ignored_sites or rules.takes_runs_together else calmest(pair_judged, pair, metric)
            )
            row = _judged(row, _Weighed(pair, metric, limit, calm, past.get(metric, ())), rules)
        metrics[metric] = row
    status = Status.IGNORED if ignored_test else _test_status(pair, metrics, comparable=comparable)
    judged = [metric for metric in LEAKS_FIRST if metric in metrics and metrics[metric].status != Status.PASS]
    return TestResult(
        name=pair.name,
        status=status,
        units=pair.units,
        metrics=metrics,
        sites=_sites(pair, metrics, judged, ignored_sites, rules) if judged else (),
    )


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A metric that is limited, and all that it is held against; see `weigh`."""

    test: TestPair
    metric: Metric
    limit: Limit
    calm: MetricPair
    past: tuple[int, ...]


def _judged(row: MetricResult, weighed: _Weighed, rules: _Rules) -> MetricResult:
    """The row with the word on it, and with what was agreed to."""
    pair, limit, unit = MetricPair(row.base, row.head), weighed.limit, _unit(weighed.test, weighed.metric)
    word = weigh(limit, pair, calm=weighed.calm, past=weighed.past, creep=rules.config.creep, unit=unit)
    status, words = word.status, word.limit
    if status is not Status.PASS:
        agreed_on = replace(pair, base=word.creep.lowest) if word.creep else pair
        if rules.accepting.accepts(weighed.test, weighed.metric, agreed_on, limit):
            status = Status.ACCEPTED
        elif ceiling := rules.accepting.ceiling(weighed.test, weighed.metric):
            words = f"{words}, {ceiling}"
    return structs.replace(
        row,
        status=status,
        grown=word.grown,
        limit=words,
        trend=weighed.past[-TREND:],
        creep=word.creep,
        moves=word.moves,
    )


def _unit(pair: TestPair, metric: Metric) -> str:
    return pair.units[metric.endswith("-blocks")]


def _spread(pair: TestPair, metric: Metric) -> MetricSpread | None:
    """What the metric came to in the runs that its figure stands for."""
    found = pair.head.spread.get(metric) if pair.head else None
    return MetricSpread(runs=found.runs, lowest=found.lowest, highest=found.highest) if found else None


def _test_status(pair: TestPair, metrics: Mapping[Metric, MetricResult], *, comparable: bool) -> Status:
    if status := status_of(metrics.values()):
        return status
    if comparable and pair.base is None:
        return Status.NEW
    return Status.GONE if pair.head is None else Status.PASS


def _sites(
    pair: TestPair,
    metrics: Mapping[Metric, MetricResult],
    judged: Sequence[Metric],
    ignored: Sequence[SitePair],
    rules: _Rules,
) -> tuple[SiteResult, ...]:
    skipped = {site.identity for site in ignored}
    sites = [
        site if rules.comparable else SitePair((), site.head)
        for site in pair.sites
        if (rules.comparable or site.head) and site.identity not in skipped
    ]
    has_base = rules.comparable and pair.base is not None
    why = dict(zip(map(id, sites), explain(sites, judged, has_base=has_base, again=rules.again), strict=True))
    if any(metrics[metric].grown for metric in judged):
        weighed = [([site.delta(metric) for metric in judged], site) for site in sites]
    else:  # too large, but not by growth: what it is made of is the news
        weighed = [([site.head_counts.get(metric, 0) for metric in judged], site) for site in sites]
    heavy = _guilty_first([(weight, site) for weight, site in weighed if max(weight) > 0])
    shown = [_site_result(site, judged, metrics, pair.kinship, why[id(site)]) for site in heavy[:SITES_KEPT]]
    return _with_residual(shown, metrics)


def _guilty_first(weighed: Sequence[tuple[Sequence[int], SitePair]]) -> Sequence[SitePair]:
    """By what their function added in all its lines together, then by what each added itself.

    What std takes for itself, as for a thread, comes last: no line of the user's asks for it.
    """
    added: dict[str, list[int]] = {}
    for weight, site in weighed:
        function = (site.head or site.base)[0].function
        sums = added.setdefault(function, [0] * len(weight))
        added[function] = [old + max(0, new) for old, new in zip(sums, weight, strict=True)]

    def order(each: tuple[Sequence[int], SitePair]) -> tuple[object, ...]:
        weight, site = each
        function = (site.head or site.base)[0].function
        return (
            len(site.identity[0]) == 1 and crate_of(function) in STD_CRATES,
            [-value for value in added[function]],
            function,
            [-value for value in weight],
            site.identity,
        )

    return [site for _, site in sorted(weighed, key=order)]


def _with_residual(shown: Sequence[SiteResult], metrics: Mapping[Metric, MetricResult]) -> tuple[SiteResult, ...]:
    rest = residual(shown, metrics)
    return (*shown, rest) if any((*rest.delta.values(), *rest.head.values())) else tuple(shown)


def _with_fewer_sites(test: TestResult) -> TestResult:
    named = [site for site in test.sites if site.function is not None]
    if len(named) <= _KEPT_OF_MANY:
        return test
    return structs.replace(test, sites=_with_residual(named[:_KEPT_OF_MANY], test.metrics))


def _site_result(
    pair: SitePair,
    judged: Sequence[Metric],
    metrics: Iterable[Metric],
    kinship: Kinship,
    why: Explanation | None,
) -> SiteResult:
    shown = pair.shown(judged)
    stack = fold(shown.stack)
    return SiteResult(
        function=shown.function,
        file=shown.file,
        line=shown.line,
        own=bool(stack.own) or not stack.lines,
        renamed_from=kinship.renamed_from(shown, pair.base),
        cause=why.cause if why else None,
        evidence=why.evidence if why else None,
        forgets=shown.forgets,
        base=pair.base_counts,
        head=pair.head_counts,
        delta={metric: pair.delta(metric) for metric in metrics},
        stack=stack.lines,
        own_frames=stack.own,
    )


def _crossing(test: TestResult) -> int:
    """By how many bytes (or blocks) the test grew in what it crossed."""
    return max((_growth(row) for row in test.metrics.values() if row.status != Status.PASS), default=0)


def _growth(result: MetricResult) -> int:
    return (result.head or 0) - (result.base or 0)


def _without(pair: MetricPair, metric: Metric, ignored: Sequence[SitePair]) -> MetricPair:
    if not ignored:
        return pair
    base = sum(site.base_counts.get(metric, 0) for site in ignored)
    head = sum(site.head_counts.get(metric, 0) for site in ignored)
    return MetricPair(
        None if pair.base is None else pair.base - base, None if pair.head is None else pair.head - head
    )


def status_of(rows: Iterable[MetricResult]) -> Status | None:
    """The word on a test whose metrics crossed a limit, by the worst of them; None if none did."""
    statuses = {row.status for row in rows}
    return next((status for status in (Status.FAIL, Status.WARN, Status.ACCEPTED) if status in statuses), None)


def worst_first(test: TestResult) -> tuple[int, int, str]:
    """The order in which tests are reported."""
    return _WORST_FIRST.index(test.status), -_crossing(test), test.name


def word_of(comparison: Comparison, tests: Sequence[TestResult], problems: Sequence[str]) -> Verdict:
    """The verdict on all of them."""
    if problems:
        return Verdict.ERROR
    if any(test.status == Status.FAIL for test in tests):
        return Verdict.FAIL
    if comparison.base is None:
        return Verdict.NO_BASELINE
    return Verdict.INCOMPARABLE if comparison.differences else Verdict.PASS
