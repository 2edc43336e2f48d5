"""What came of one crate, read from the files that its runs left."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from field import figures, libtest
from field.figures import Figures
from field.listing import Entry
from field.running import CHECK, SUMMARY, TURNS, Summary, results_of
from leakgate.comparison.result import METRIC_NAMES, Result, Status, Verdict
from leakgate.comparison.stored import parse as parse_result
from leakgate.snapshot import stored

_NOTE = "note: "


@dataclass(frozen=True, slots=True)
class Alarm:
    """A limit, one of the default ones, that was crossed between two runs of the same code."""

    test: str
    metric: str
    base: int
    head: int


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one crate.

    Attributes:
        entry: The crate.
        ran: How many tests ran plain.
        figures: The two runs under leakgate.
        unmeasured: Ids of tests that ran plain and that leakgate neither measured nor saw fail.
        failed_only: Ids of tests that failed under leakgate and in no plain run.
        failed_plain: Ids of tests that failed in a plain run.
        crossed: What the limits say of the two runs, whichever is the baseline, if nothing is measured again.
        alarms: What the check failed for.
        unjudged: Why the check gave no word on memory, in sentences.
        notes: What leakgate remarked, in either run.
        summary: The times.
    """

    entry: Entry
    ran: int
    figures: Figures
    unmeasured: tuple[str, ...]
    failed_only: tuple[str, ...]
    failed_plain: tuple[str, ...]
    crossed: tuple[Alarm, ...]
    alarms: tuple[Alarm, ...]
    unjudged: tuple[str, ...]
    notes: tuple[str, ...]
    summary: Summary


def read(entry: Entry, directory: Path) -> Row | None:
    """Read a crate's results. None: it has none, or was not run to its end."""
    results = results_of(entry, directory)
    if not (results / SUMMARY).exists():
        return None

    def printed(kind: str) -> list[list[str]]:
        logs = (results / f"{turn}-{kind}.log" for turn in TURNS)
        return [log.read_text(encoding="utf-8", errors="replace").splitlines() for log in logs]

    plain = [libtest.read(lines, entry.suite.name) for lines in printed("plain")]
    logs = printed("leakgate")
    both = figures.compare(*(stored.parse((results / f"{turn}.json").read_bytes(), turn) for turn in TURNS))
    # A test binary that leakgate leaves alone says by itself which of its tests failed.
    failed = both.failed.union(*(libtest.read(lines, entry.suite.name).failed for lines in logs))
    failed_plain = frozenset[str]().union(*(each.failed for each in plain))
    seen = frozenset[str]().union(*(each.seen for each in plain))
    checked = _result(results / CHECK / "result.json")
    judged = checked.verdict in {Verdict.PASS, Verdict.FAIL}
    return Row(
        entry,
        ran=max(each.ran for each in plain),
        figures=both,
        unmeasured=tuple(sorted(seen - both.measured - failed)),
        failed_only=tuple(sorted(failed - failed_plain)),
        failed_plain=tuple(sorted(failed_plain)),
        crossed=tuple(
            alarm
            for base, head in (TURNS, TURNS[::-1])
            for alarm in _alarms(_result(results / f"{base}-to-{head}.json"))
        ),
        alarms=tuple(_alarms(checked)),
        unjudged=() if judged else (checked.problems or (checked.verdict,)),
        notes=tuple(dict.fromkeys(note for lines in logs for note in _notes(lines))),
        summary=msgspec.json.decode((results / SUMMARY).read_bytes(), type=Summary),
    )


def _notes(lines: Iterable[str]) -> Iterator[str]:
    """What leakgate remarks once the tests have run; a test's own output may look like it, which does no harm."""
    return (line.removeprefix(_NOTE) for line in lines if line.startswith(_NOTE))


def _result(path: Path) -> Result:
    return parse_result(path.read_bytes(), str(path))


def _alarms(result: Result) -> Iterator[Alarm]:
    """What a comparison or a check fails for."""
    for test in result.tests:
        for metric, judged in test.metrics.items():
            if judged.status is Status.FAIL:
                yield Alarm(test.name, METRIC_NAMES[metric], judged.base or 0, judged.head or 0)
