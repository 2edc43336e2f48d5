"""Tests that crossed a limit are measured again, alone, before they fail: noise must not cost anybody a red check.

It costs one start of cargo each time, with everything built, and the time of those tests. Where very many crossed
a limit, that is hardly noise, and they are measured again only once: no check takes thrice as long for that. Where
few runs say little, because they differ by much, there are more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from msgspec import structs

from leakgate.comparison.compare import compare, differing
from leakgate.comparison.confirm import JudgedRun, settle, unclear, undecided
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.renames import Kinship, relate
from leakgate.comparison.result import Verdict
from leakgate.config import Config
from leakgate.errors import MeasurementError, UsageError
from leakgate.measuring import Measured
from leakgate.profilers.suite import Phase, Progress
from leakgate.reports.words import plural
from leakgate.snapshot.model import Snapshot

_MANY = 50
"""Tests over a limit above which one further run of them has to do."""

_LONGER = 8
"""Further runs of tests whose runs differ by much of what they grew."""

_NAMED = 3
"""Tests that a note names."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What every run is held against.

    Attributes:
        config: Limits and what else the config says.
        base: The baseline; None without one.
        origin: Where the first run comes from and what went wrong in it.
    """

    config: Config
    base: Snapshot | None
    origin: Provenance


def confirm(
    gate: Gate, head: Snapshot, measure_again: Callable[[tuple[str, ...]], Measured], progress: Progress
) -> JudgedRun:
    """Judge a run, and measure what crossed a limit in it again, as often as the config says.

    Nothing is measured again where the run is no verdict, or where nothing crossed a limit that fails. A test
    needs no further run once one was within the limit. One whose runs differ by much gets more runs than the
    config says.

    Args:
        gate: The baseline and the limits.
        head: The run.
        measure_again: Measures the tests with these ids.
        progress: Told of each run.

    Returns:
        The run with the last word on each test. A test that could not be measured again keeps the word that it
        has, and a note says so.
    """
    kinship = relate(gate.base, head)
    comparison = compare(gate.base, head, kinship)
    runs = [JudgedRun(head, judge(comparison, gate.config, gate.origin))]
    if runs[0].result.verdict is not Verdict.FAIL:
        return runs[0]
    times = gate.config.confirm if len(undecided(runs)) <= _MANY else min(gate.config.confirm, 1)
    most = times + _LONGER if times else 0
    notes: list[str] = []
    for number in range(1, most + 1):
        tests = undecided(runs) if number <= times else unclear(runs, gate.config)
        if not tests or (number > times and len(tests) > _MANY):
            break
        which = f"{number} of {times}" if number <= times else f"its runs differ; {number} of at most {most}"
        progress(Phase(f"measuring {plural(len(tests), 'test')} again ({which})"))
        try:
            again = measure_again(tests)
        except (MeasurementError, UsageError) as error:
            notes.append(f"{_named(tests)} could not be measured again, so earlier figures stand: {error.what}.")
            break
        notes += _remarks(tests, again, head)
        if not differing(head.fingerprint, again.snapshot.fingerprint):
            runs.append(_judged(gate, kinship, tests, again.snapshot))
    settled = settle(runs, comparison, gate.config)
    result = structs.replace(settled.result, notes=(*settled.result.notes, *dict.fromkeys(notes)))
    return replace(settled, result=result)


def _judged(gate: Gate, kinship: Kinship, tests: tuple[str, ...], again: Snapshot) -> JudgedRun:
    """The word on these tests alone. What only other tests call is still there: the whole suite has told that."""
    head, base = _only(tests, again), gate.base and _only(tests, gate.base)
    origin = replace(gate.origin, failed=(), problems=(), notes=())
    return JudgedRun(head, judge(compare(base, head, kinship), gate.config, origin))


def _only(tests: tuple[str, ...], snapshot: Snapshot) -> Snapshot:
    asked = frozenset(tests)
    kept = tuple(test for test in snapshot.tests if test.test in asked)
    return structs.replace(snapshot, tests=kept, unmeasured=(), failed=())


def _remarks(tests: tuple[str, ...], again: Measured, head: Snapshot) -> Iterator[str]:
    """What a further run could not do, so that earlier figures stand; and what went wrong in it at all."""
    differences = differing(head.fingerprint, again.snapshot.fingerprint)
    if differences:
        fields = ", ".join(f"{each.field} is `{each.head}`" for each in differences)
        yield f"A further run does not count, because it was measured differently: {fields}."
        return
    failed = {test.test: test.reason for test in again.run.failed if test.test in tests}
    for name, reason in list(failed.items())[:_NAMED]:
        yield f"`{name}` failed when it was measured again ({reason}), so its earlier figures stand."
    if len(failed) > _NAMED:
        yield f"{len(failed) - _NAMED} more tests failed when they were measured again."
    measured = {test.test for test in again.snapshot.tests} | failed.keys()
    missing = tuple(name for name in tests if name not in measured)
    if missing:
        why = f": {again.run.unaccounted}" if again.run.unaccounted else "."
        yield f"Measured again, {_named(missing)} left no profile, so earlier figures stand{why}"


def _named(tests: tuple[str, ...]) -> str:
    names = ", ".join(f"`{name}`" for name in tests[:_NAMED])
    return f"{names} and {len(tests) - _NAMED} more" if len(tests) > _NAMED else names
