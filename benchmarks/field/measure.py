"""One crate of the field: its tests plain, on one thread and under leakgate, in turns, and what came of it."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from _crates import environment

from field import figures, libtest
from field.command import CommandError, Place, run
from field.figures import Figures
from field.listing import Entry
from leakgate.comparison.result import METRIC_NAMES, Status
from leakgate.comparison.stored import parse as parse_result
from leakgate.snapshot import stored
from leakgate.snapshot.model import Snapshot

LEAKGATE = str(Path(sys.executable).with_name("leakgate"))
TURNS = ("first", "second")
_BUILD, _RUN = 1200.0, 900.0
"""Seconds."""

_PLAIN = {0, 101}
_UNDER_LEAKGATE = {0, 3}
_NOTHING_RAN = {3}
_COMPARED = {0, 1, 3}
"""Exit codes: of cargo, where tests may fail, and of leakgate, which says no more of failed tests than that."""

_NOTE = "note: "
_NO_TEST = "no_such_test"


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long the runs of one turn took."""

    plain: float
    one_thread: float
    leakgate: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """A limit that was crossed between two runs of the same code."""

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
        alarms: By leakgate's own default limits, whichever run is the baseline.
        turns: The times.
        notes: What leakgate remarked.
    """

    entry: Entry
    ran: int
    figures: Figures
    unmeasured: tuple[str, ...]
    failed_only: tuple[str, ...]
    failed_plain: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    turns: tuple[Seconds, ...]
    notes: tuple[str, ...]

    @property
    def plain(self) -> float:
        """Seconds of a plain run, the mean of the turns."""
        return fmean(turn.plain for turn in self.turns)

    @property
    def one_thread(self) -> float:
        """Seconds of a plain run on one thread."""
        return fmean(turn.one_thread for turn in self.turns)

    @property
    def leakgate(self) -> float:
        """Seconds of a run under leakgate."""
        return fmean(turn.leakgate for turn in self.turns)


def measure(entry: Entry, directory: Path, say: Callable[[str], None]) -> Row:
    """Run a crate's tests, each way twice.

    Args:
        entry: The crate; `bring` has brought it to `directory`.
        directory: Where its folder is, and where logs and snapshots go.
        say: Told of each step.

    Raises:
        CommandError: It could not be built or run to its end.
    """
    logs = directory / "logs" / entry.suite.folder
    logs.mkdir(parents=True, exist_ok=True)
    place = Place(directory / entry.suite.folder, {**environment(), "CARGO_TERM_COLOR": "never"}, logs)
    test = ("cargo", "test", "--locked", *entry.suite.words, "--no-fail-fast")
    under = (LEAKGATE, "profile", "--profiler", "harness", "--output")
    say("building")
    run("build", (*test, "--no-run"), place, limit=_BUILD)
    say("building under leakgate")
    none = (*under, str(logs / "none.json"), "--", *test, "--", _NO_TEST)
    run("build-leakgate", none, place, limit=_BUILD, codes=_NOTHING_RAN)
    plain: list[libtest.Plain] = []
    harnessed: list[libtest.Plain] = []
    turns: list[Seconds] = []
    notes: dict[str, None] = {}
    for turn in TURNS:
        say(f"{turn} turn: plain")
        ours = run(f"{turn}-plain", test, place, limit=_RUN, codes=_PLAIN)
        plain.append(libtest.read(ours.lines, entry.suite.name))
        say(f"{turn} turn: on one thread")
        alone = (*test, "--", "--test-threads=1")
        serial = run(f"{turn}-one-thread", alone, place, limit=_RUN, codes=_PLAIN)
        say(f"{turn} turn: under leakgate")
        (logs / f"{turn}.json").unlink(missing_ok=True)
        words = (*under, str(logs / f"{turn}.json"), "--", *test)
        gated = run(f"{turn}-leakgate", words, place, limit=_RUN, codes=_UNDER_LEAKGATE)
        turns.append(Seconds(ours.seconds, serial.seconds, gated.seconds))
        harnessed.append(libtest.read(gated.lines, entry.suite.name))
        notes |= dict.fromkeys(_notes(gated.lines))
    both = figures.compare(*(_snapshot(logs / f"{turn}.json") for turn in TURNS))
    failed_plain = frozenset[str]().union(*(each.failed for each in plain))
    # A test binary that leakgate leaves alone says by itself which of its tests failed.
    failed = both.failed.union(*(each.failed for each in harnessed))
    seen = frozenset[str]().union(*(each.seen for each in plain))
    return Row(
        entry,
        ran=max(each.ran for each in plain),
        figures=both,
        unmeasured=tuple(sorted(seen - both.measured - failed)),
        failed_only=tuple(sorted(failed - failed_plain)),
        failed_plain=tuple(sorted(failed_plain)),
        alarms=(*_alarms(place, *TURNS), *_alarms(place, *reversed(TURNS))),
        turns=tuple(turns),
        notes=tuple(notes),
    )


def _snapshot(path: Path) -> Snapshot:
    try:
        return stored.parse(path.read_bytes(), path.name)
    except FileNotFoundError:
        raise CommandError(f"leakgate measured nothing: {path.name} was not written") from None


def _notes(lines: Iterable[str]) -> Iterator[str]:
    """What leakgate remarks once the tests have run; a test's own output may look like it, which does no harm."""
    return (line.removeprefix(_NOTE) for line in lines if line.startswith(_NOTE))


def _alarms(place: Place, base: str, head: str) -> Iterator[Alarm]:
    """What crosses leakgate's own limits if one run is the other's baseline."""
    output = place.logs / f"{base}-to-{head}.json"
    paths = (str(place.logs / f"{turn}.json") for turn in (base, head))
    words = (LEAKGATE, "compare", *paths, "--format", "json", "--output", str(output))
    run(f"compare-{base}-to-{head}", words, place, limit=_RUN, codes=_COMPARED)
    for test in parse_result(output.read_bytes(), output.name).tests:
        for metric, result in test.metrics.items():
            if result.status is Status.FAIL:
                yield Alarm(test.name, METRIC_NAMES[metric], result.base or 0, result.head or 0)
