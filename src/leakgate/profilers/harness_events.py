"""What the harness tells while tests run: events as in `events.py`, with binaries named by their path."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import msgspec

from leakgate.profilers import events
from leakgate.profilers.suite import Movement


class _Round(msgspec.Struct, frozen=True):
    """A profile that a test left; the rounds come in order."""

    file: str
    round: int
    notes: tuple[str, ...] = ()


class _Binary(msgspec.Struct, frozen=True, tag_field="event", tag="binary"):
    binary: str
    tests: int
    ignored: int
    filtered: int


class _Start(msgspec.Struct, frozen=True, tag_field="event", tag="start"):
    binary: str
    test: str


class _End(msgspec.Struct, frozen=True, tag_field="event", tag="end"):
    binary: str
    test: str
    reason: str | None
    seconds: float
    profiles: tuple[_Round, ...]


class _Moved(msgspec.Struct, frozen=True, tag_field="event", tag="moved"):
    binary: str
    test: str
    runs: int
    lowest: int
    highest: int
    left: int | None


class _Note(msgspec.Struct, frozen=True, tag_field="event", tag="note"):
    binary: str
    text: str


_decode = msgspec.json.Decoder(_Binary | _Start | _End | _Moved | _Note).decode


@dataclass(frozen=True, slots=True)
class Recorded:
    """A passed test's last round.

    Attributes:
        test: The test id.
        raw: The raw profile.
        target: Where its DHAT file belongs, in the run's directory.
        notes: What the harness remarks on its figures.
    """

    test: str
    raw: Path
    target: str
    notes: tuple[str, ...]


@dataclass(slots=True)
class Recorder:
    """Reads the harness's lines.

    Attributes:
        run_dir: The run's directory.
        binaries: Real path → binary id, of the test binaries that have the harness.
        record: Told of each profile that is to become a DHAT file.
        repeat: How many rounds of a test count.
        warm_up: How many rounds before these do not, where there are others.
        recorded: What `record` was told, in the order the tests ran.
        planned: Real path → how many tests were to run.
        ended: Real path → how many have ended.
    """

    run_dir: Path
    binaries: Mapping[str, str]
    record: Callable[[Recorded], None]
    repeat: int = 1
    warm_up: int = 0
    recorded: list[Recorded] = field(default_factory=list)
    planned: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    _paths: dict[str, str] = field(default_factory=dict)

    def decode(self, line: bytes) -> events.Event:
        """Read a line as an event of the ledger's."""
        event = _decode(line)
        path = os.path.realpath(event.binary)
        name = self.binaries.get(path, Path(path).name)
        match event:
            case _Binary():
                self.planned[path] = self.planned.get(path, 0) + event.tests
                return events.Binary(name, event.tests, event.ignored, event.filtered)
            case _Start():
                test = f"{name} {event.test}"
                self._paths[test] = path
                return events.Start(test)
            case _End():
                self.ended[path] = self.ended.get(path, 0) + 1
                test = f"{name} {event.test}"
                judged = self._judged(test, event)
                again = min(len(judged), len(event.profiles) - 1) if judged else 0
                return events.End(test, event.reason, event.seconds, judged, again)
            case _Moved():
                movement = Movement(event.runs, event.lowest, event.highest, event.left)
                return events.Moved(f"{name} {event.test}", movement)
            case _:
                return events.Remark(f"{name}: {event.text}")

    def binary_of(self, test: str) -> str:
        """The real path of the binary in which a test ran."""
        return self._paths[test]

    def cut_short(self) -> Iterator[tuple[str, int]]:
        """Binaries that ended before all their tests had run: their ids, and how many tests never started."""
        for path, planned in self.planned.items():
            died = sum(binary == path for binary in self._paths.values()) - self.ended.get(path, 0)
            missing = planned - self.ended.get(path, 0) - died
            if missing > 0:
                yield self.binaries.get(path, Path(path).name), missing

    def _judged(self, test: str, event: _End) -> tuple[tuple[str, str], ...]:
        """The last rounds are those that are judged; of a test that cannot run so often, those that there are."""
        if event.reason is not None:
            return ()
        kept = []
        for profile in event.profiles[self.warm_up :][-self.repeat :] or event.profiles[-1:]:
            target = f"profiles/{len(self.recorded) + 1:05}.json"
            self.recorded.append(Recorded(test, self.run_dir / profile.file, target, profile.notes))
            self.record(self.recorded[-1])
            kept.append((test, target))
        return tuple(kept)


class Deaths:
    """What cargo says of test binaries that did not exit as they should."""

    def __init__(self) -> None:
        self._commands: list[tuple[str, str]] = []

    def read(self, line: str) -> None:
        """Look at a line of cargo's: ``process didn't exit successfully: `path …` (signal: 6, SIGABRT: …)``."""
        _, found, rest = line.partition("process didn't exit successfully: `")
        command, closed, how = rest.rpartition("` (")
        if found and closed:
            self._commands.append((command, _in_words(how.rstrip(")"))))

    def of(self, path: str) -> str:
        """Why the test under way in this binary did not end, in words."""
        # Cargo may shorten or quote the path; the name has a hash in it.
        named = re.compile(rf"(^|/){re.escape(Path(path).name)}($|\W)")
        for command, words in self._commands:
            if named.search(command):
                return words
        return "exited before the test ended"


def _in_words(how: str) -> str:
    """`signal: 6, SIGABRT: process abort signal` → `killed by SIGABRT`; `exit status: 7` → `exited with 7`."""
    kind, _, value = how.partition(": ")
    if kind == "signal":
        number, _, name = value.partition(", ")
        return f"killed by {name.split(':')[0]}" if name else f"killed by signal {number}"
    return f"exited with {value}" if kind in {"exit status", "exit code"} else how


def remarks(recorded: Iterable[Recorded]) -> Iterator[str]:
    """What the harness remarked on figures, a sentence a kind."""
    once: dict[str, None] = {}
    threads: dict[str, None] = {}
    for profile in recorded:
        for note in profile.notes:
            (once if note.startswith("cannot run twice") else threads).setdefault(profile.test)
    if once:
        yield (f"{named(once)} cannot run twice, so what the first run leaves is judged, be it filled once only")
    if threads:
        yield f"{named(threads)} left threads running: the tests behind ran in another process"


def named(tests: Collection[str]) -> str:
    """The first few, as a sentence has them."""
    listed = 3
    names = ", ".join(f"`{test}`" for test in islice(sorted(tests), listed))
    return names if len(tests) <= listed else f"{names} and {len(tests) - listed} more"
