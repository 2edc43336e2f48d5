"""What the runner tells us while tests run, one JSON object a line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from leakgate.errors import InputError
from leakgate.profilers.suite import (
    BinaryStarted,
    FailedTest,
    Movement,
    Note,
    Progress,
    ProgressEvent,
    TestEnded,
    TestProfile,
    TestStarted,
)


class Binary(msgspec.Struct, frozen=True, tag_field="event", tag="binary"):
    """A test binary has started."""

    binary: str
    tests: int
    ignored: int
    filtered: int


class Start(msgspec.Struct, frozen=True, tag_field="event", tag="start"):
    """A test has started."""

    test: str


class End(msgspec.Struct, frozen=True, tag_field="event", tag="end"):
    """A test has ended.

    Attributes:
        test: The test id.
        reason: Why it failed; None if it passed.
        seconds: How long it ran.
        profiles: Pairs of a test id and a path in the run's directory.
        again: How many of them, counted from the last, are of a process that had run the test before.
    """

    test: str
    reason: str | None
    seconds: float
    profiles: tuple[tuple[str, str], ...]
    again: int = 0


class Untouched(msgspec.Struct, frozen=True, tag_field="event", tag="untouched"):
    """A test binary runs as it is, unmeasured."""

    binary: str
    argument: str


class Moved(msgspec.Struct, frozen=True, tag_field="event", tag="moved"):
    """How far a test's figures moved in further rounds; told for each process in which there were some."""

    test: str
    movement: Movement


class Remark(msgspec.Struct, frozen=True, tag_field="event", tag="note"):
    """A sentence for the reader."""

    text: str


Event = Binary | Start | End | Moved | Untouched | Remark
decode: Callable[[bytes], Event] = msgspec.json.Decoder(Event).decode
"""Reads a line of the runner's (`isolate.py`)."""


@dataclass(slots=True)
class Ledger:
    """Everything that was told so far.

    Attributes:
        run_dir: The run's directory; the profiles are in it.
        binaries_expected: How many test binaries cargo will start.
        binaries: How many have started.
        ran: How many tests have ended.
        ignored: How many were left out as `#[ignore]`.
        filtered: How many were left out by name.
        profiles: The profiles of tests that passed.
        unmeasured: Tests that passed and wrote none.
        failed: Tests that failed.
        untouched: Arguments for which a binary was run as it is, unmeasured.
        notes: Sentences for the reader.
        cut_off: Tests that had started and never ended; they are among the failed.
        movements: Test id → how far its figures moved, in all processes together.
    """

    run_dir: Path
    binaries_expected: int
    binaries: int = 0
    ran: int = 0
    ignored: int = 0
    filtered: int = 0
    profiles: list[TestProfile] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)
    failed: list[FailedTest] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    movements: dict[str, Movement] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _under_way: dict[str, None] = field(default_factory=dict)

    def enter(self, event: Event) -> Iterator[ProgressEvent]:
        """Enter what was told, and say what of it is progress."""
        match event:
            case Binary():
                self.ignored += event.ignored
                self.filtered += event.filtered
                if event.binary in self._seen:
                    return  # nextest starts one for each test
                self._seen.add(event.binary)
                self.binaries += 1
                of = max(self.binaries_expected, self.binaries)
                yield BinaryStarted(event.binary, self.binaries, of, event.tests)
            case Start():
                self._under_way[event.test] = None
                yield TestStarted(event.test)
            case End():
                self._end(event)
                yield TestEnded(event.test, event.reason, event.seconds, len(event.profiles))
            case Moved():
                known = self.movements.get(event.test)
                found = known.together_with(event.movement) if known else event.movement
                self.movements[event.test] = found
            case Untouched():
                self.untouched.append(event.argument)
                self.notes.append(
                    f"{event.binary} was not measured: `{event.argument}` cannot be asked of single tests"
                )
                yield Note(self.notes[-1])
            case Remark():
                self.notes.append(event.text)
                yield Note(event.text)

    def close(self, reason: Callable[[str], str] = lambda _test: "was cut off") -> None:
        """Count what was still under way at the end as failed: the gate fails closed.

        Args:
            reason: Says of such a test why it did not end.
        """
        self.cut_off += self._under_way
        self.failed += [FailedTest(test, reason(test)) for test in self._under_way]
        self._under_way.clear()

    def _end(self, event: End) -> None:
        if event.test in self._under_way:
            self.ran += 1
            del self._under_way[event.test]
        else:  # its process died when it had told of its end already: the last word counts
            self.profiles = [profile for profile in self.profiles if profile.test != event.test]
            self.unmeasured = [test for test in self.unmeasured if test != event.test]
        if event.reason is not None:
            self.failed.append(FailedTest(event.test, event.reason))
        elif event.profiles:
            first = len(event.profiles) - event.again
            self.profiles += [
                TestProfile(name, self.run_dir / path, again=number >= first)
                for number, (name, path) in enumerate(event.profiles)
            ]
        else:
            self.unmeasured.append(event.test)


class Follower:
    """Reads a growing file line by line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def lines(self) -> Iterator[bytes]:
        """The complete lines that were added since the last call. No file yet: none."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                added = file.read()
        except FileNotFoundError:
            return
        complete = added[: added.rfind(b"\n") + 1]
        self._offset += len(complete)
        yield from complete.splitlines()


def following(
    path: Path, decode: Callable[[bytes], Event], ledger: Ledger, progress: Progress
) -> Callable[[], None]:
    """What enters into the ledger, and tells, each event that was added to a file since the last call.

    It raises:
        InputError: Somebody else has written to the file.
    """
    follower = Follower(path)

    def read(line: bytes) -> Event:
        try:
            return decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(
                f"is not what the harness writes: {error}",
                where=str(path),
                remedy="look for the test that writes to it",
            ) from error

    def follow() -> None:
        for entry in follower.lines():
            for event in ledger.enter(read(entry)):
                progress(event)

    return follow
