"""settle(runs): what the further runs of the tests that crossed a limit make of the first one's word.

A test fails when it crossed the same limit in every run that measured it, and grew by more than its runs are apart
(the base was measured once, and is as far off as any run may be); else it warns.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from leakgate.comparison.compare import Comparison, MetricPair
from leakgate.comparison.judge import status_of, word_of, worst_first
from leakgate.comparison.limits import crossed, exceeds_maximum
from leakgate.comparison.result import MetricResult, MetricSpread, Result, Status, TestResult
from leakgate.config import Config
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Snapshot

_CLEARLY = 20
"""Growth of so many times what its runs are apart needs no further run."""


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """What was measured in one run, and the word on it."""

    snapshot: Snapshot
    result: Result


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one run says of one test."""

    run: JudgedRun
    test: TestResult

    def fails(self, metric: Metric) -> bool:
        row = self.test.metrics.get(metric)
        return row is not None and row.status is Status.FAIL


def undecided(runs: Sequence[JudgedRun]) -> tuple[str, ...]:
    """The tests that fail so far, which one more run could bring down to a warning.

    Args:
        runs: The whole suite's first, then those of the tests that crossed a limit in it.
    """
    return tuple(test.name for test, outcomes in _failing(runs) if _crossed_in_all(outcomes))


def unclear(runs: Sequence[JudgedRun], config: Config) -> tuple[str, ...]:
    """Those of them whose runs differ by so much that few runs say little.

    Of a test that moves between nothing and its highest, three runs lie in the upper half in one case of four.

    Args:
        runs: As for `undecided`.
        config: Has the limits.
    """
    return tuple(
        test.name
        for test, outcomes in _failing(runs)
        if (crossed := _crossed_in_all(outcomes))
        and not any(_grew_by(metric, outcomes, config) > _CLEARLY * _apart(metric, outcomes) for metric in crossed)
    )


def settle(runs: Sequence[JudgedRun], comparison: Comparison, config: Config) -> JudgedRun:
    """The first run, with the last word on every test that was measured again.

    A test that fails is shown as in its calmest run: every figure and site of it is of one run, and the growth is
    the least that was seen. One that warns is shown as in the first, with its spread. The snapshot keeps the
    calmest run of both: a peak that was seen once is no measure for what comes later.

    Args:
        runs: The whole suite's first, then those of the tests that crossed a limit in it. A run that has not
            measured a test has no say on it.
        comparison: Of the first run.
        config: Has the limits.
    """
    first = runs[0]
    settled: dict[str, TestResult] = {}
    measurements: dict[str, Measurement] = {}
    accepted = list(first.result.accepted)
    for test, outcomes in _failing(runs):
        if len(outcomes) == 1:
            continue
        confirmed = {
            metric
            for metric in _crossed_in_all(outcomes)
            if _grew_by(metric, outcomes, config) > _apart(metric, outcomes)
        }
        calmest = min(outcomes, key=_agitation)
        shown = calmest if confirmed else outcomes[0]
        resting = _at_rest(outcomes, config) if config.repeat == 1 else set()
        settled[test.name] = _settled(shown.test, outcomes, confirmed, resting)
        measurements[test.name] = next(m for m in calmest.run.snapshot.tests if m.test == test.name)
        accepted = [growth for growth in accepted if growth.test != test.name]
        accepted += [growth for growth in shown.run.result.accepted if growth.test == test.name]
    tests = tuple(sorted((settled.get(test.name, test) for test in first.result.tests), key=worst_first))
    return JudgedRun(
        structs.replace(
            first.snapshot, tests=tuple(measurements.get(test.test, test) for test in first.snapshot.tests)
        ),
        structs.replace(
            first.result,
            verdict=word_of(comparison, tests, first.result.problems),
            tests=tests,
            accepted=tuple(sorted(accepted, key=lambda growth: growth.test)),
        ),
    )


def _failing(runs: Sequence[JudgedRun]) -> Iterator[tuple[TestResult, list[_Outcome]]]:
    """The tests that failed in the first run, with what each run that measured them says."""
    by_name: list[Mapping[str, TestResult]] = [{test.name: test for test in run.result.tests} for run in runs]
    for test in runs[0].result.tests:
        if test.status is Status.FAIL:
            found = [(run, tests.get(test.name)) for run, tests in zip(runs, by_name, strict=True)]
            yield test, [_Outcome(run, each) for run, each in found if each is not None and each.head_measured]


def _crossed_in_all(outcomes: Sequence[_Outcome]) -> set[Metric]:
    """The metrics that crossed a limit in every run."""
    return {metric for metric in outcomes[0].test.metrics if all(each.fails(metric) for each in outcomes)}


def _grew_by(metric: Metric, outcomes: Sequence[_Outcome], config: Config) -> float:
    """How much it grew in the calmest run; without end where its absolute size was over a limit in all of them."""
    test = outcomes[0].test
    limit = config.limits_for(test.name)[metric]
    rows = [each.test.metrics[metric] for each in outcomes]
    if all(exceeds_maximum(limit, MetricPair(row.base, row.head)) for row in rows):
        return math.inf
    lowest = rows[0].creep.lowest if rows[0].creep else rows[0].base or 0
    return min(_values(metric, outcomes)) - lowest


def _apart(metric: Metric, outcomes: Sequence[_Outcome]) -> int:
    values = _values(metric, outcomes)
    return max(values) - min(values)


def _values(metric: Metric, outcomes: Sequence[_Outcome]) -> list[int]:
    """What it came to in all runs, and the ends of what it came to in the rounds of each."""
    rows = [row for each in outcomes if (row := each.test.metrics.get(metric)) and row.head is not None]
    ends = [end for row in rows if row.spread for end in (row.spread.lowest, row.spread.highest)]
    return [row.head for row in rows if row.head is not None] + ends


def _agitation(outcome: _Outcome) -> tuple[int, int]:
    """By how much a run crossed limits: in how many metrics, and how far."""
    failing = [row for metric, row in outcome.test.metrics.items() if outcome.fails(metric)]
    return len(failing), sum(row.head or 0 for row in failing)


def _at_rest(outcomes: Sequence[_Outcome], config: Config) -> set[Metric]:
    """What crossed its limit in a further run too, and in its later rounds was not left: a cache, full by then.

    With it goes what it adds to a peak that later rounds do not reach either.
    """
    limit = config.limits_for(outcomes[0].test.name).get(Metric.T_END_BYTES)
    rows = [row for each in outcomes[1:] if (row := each.test.metrics.get(Metric.T_END_BYTES))]
    rests = limit and any(
        row.status is Status.PASS and crossed(limit, MetricPair(row.base, row.head)) is Status.FAIL for row in rows
    )
    return {Metric.T_END_BYTES, Metric.T_GMAX_BYTES} if rests else set()


def _settled(
    shown: TestResult, outcomes: Sequence[_Outcome], confirmed: set[Metric], resting: set[Metric]
) -> TestResult:
    """The test as one run has it; what did not cross its limit in every run only warns, if it is not at rest."""
    metrics = {}
    for metric, row in shown.metrics.items():
        spread = _spread(metric, row, outcomes)
        if row.status is Status.FAIL and metric not in confirmed:
            always = spread is not None and spread.crossed == spread.runs
            limit = f"{row.limit}, but its runs are further apart than it grew" if always else row.limit
            status = Status.PASS if metric in resting else Status.WARN
            row = structs.replace(row, status=status, limit=limit)  # noqa: PLW2901 - the row, brought down
        metrics[metric] = structs.replace(row, spread=spread)
    return structs.replace(shown, status=status_of(metrics.values()) or Status.PASS, metrics=metrics)


def _spread(metric: Metric, row: MetricResult, outcomes: Sequence[_Outcome]) -> MetricSpread | None:
    if not row.limit:
        return None
    rows = [each.test.metrics[metric] for each in outcomes if metric in each.test.metrics]
    values = _values(metric, outcomes)
    return MetricSpread(
        runs=sum(each.head is not None for each in rows),
        lowest=min(values),
        highest=max(values),
        crossed=sum(each.status is Status.FAIL for each in rows),
    )
