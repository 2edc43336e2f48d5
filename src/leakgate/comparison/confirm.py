"""settle(runs): what the further runs of the tests that crossed a limit make of the first one's word.

A test fails when it crossed the same limit in every run that measured it. One that did so in some runs only warns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from leakgate.comparison.compare import Comparison
from leakgate.comparison.judge import word_of, worst_first
from leakgate.comparison.result import MetricResult, MetricSpread, Result, Status, TestResult
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Snapshot


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


def settle(runs: Sequence[JudgedRun], comparison: Comparison) -> JudgedRun:
    """The first run, with the last word on every test that was measured again.

    A test that fails is shown as in its calmest run: every figure and site of it is of one run, and the growth is
    the least that was seen. One that warns is shown as in the first, with its spread. The snapshot keeps the
    calmest run of both: a peak that was seen once is no measure for what comes later.

    Args:
        runs: The whole suite's first, then those of the tests that crossed a limit in it. A run that has not
            measured a test has no say on it.
        comparison: Of the first run.
    """
    first = runs[0]
    settled: dict[str, TestResult] = {}
    measurements: dict[str, Measurement] = {}
    accepted = list(first.result.accepted)
    for test, outcomes in _failing(runs):
        if len(outcomes) == 1:
            continue
        confirmed = _crossed_in_all(outcomes)
        calmest = min(outcomes, key=_agitation)
        shown = calmest if confirmed else outcomes[0]
        settled[test.name] = _settled(shown.test, outcomes, confirmed)
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


def _agitation(outcome: _Outcome) -> tuple[int, int]:
    """By how much a run crossed limits: in how many metrics, and how far."""
    failing = [row for metric, row in outcome.test.metrics.items() if outcome.fails(metric)]
    return len(failing), sum(row.head or 0 for row in failing)


def _settled(shown: TestResult, outcomes: Sequence[_Outcome], confirmed: set[Metric]) -> TestResult:
    """The test as one run has it; what did not cross its limit in every run only warns."""
    metrics = {}
    for metric, row in shown.metrics.items():
        status = Status.WARN if row.status is Status.FAIL and metric not in confirmed else row.status
        metrics[metric] = structs.replace(row, status=status, spread=_spread(metric, row, outcomes))
    return structs.replace(shown, status=Status.FAIL if confirmed else Status.WARN, metrics=metrics)


def _spread(metric: Metric, row: MetricResult, outcomes: Sequence[_Outcome]) -> MetricSpread | None:
    if not row.limit:
        return None
    rows = [each.test.metrics[metric] for each in outcomes if metric in each.test.metrics]
    values = [each.head for each in rows if each.head is not None]
    return MetricSpread(
        runs=len(values),
        lowest=min(values),
        highest=max(values),
        crossed=sum(each.status is Status.FAIL for each in rows),
    )
