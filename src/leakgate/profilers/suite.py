"""What a profiler leaves behind: the contract between the profilers and the rest of the house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from leakgate.dhat.frames import Workspace
from leakgate.dhat.profile import Mode


@dataclass(frozen=True, slots=True)
class Load:
    """What drives a program that does not end by itself, and how the program is ended.

    Attributes:
        command: The words that start the load. When it has ended, the program gets the signal.
        stop_signal: `TERM` or `INT`.
        stop_grace: Seconds that the program may take to end after that; None: any time.
    """

    command: tuple[str, ...]
    stop_signal: str = "TERM"
    stop_grace: float | None = 30


@dataclass(frozen=True, slots=True)
class SuiteRequest:
    """What is to be profiled.

    Attributes:
        command: The user's command, as words: `cargo test …`.
        cwd: Where it runs.
        env: Its whole environment.
        run_dir: An existing, empty directory; the profiles will be in it.
        jobs: How many tests may run at a time, where their files cannot collide.
        rounds: How often the harness runs each test: a number, or `auto`, which is twice where the first time left
            something behind or crossed its ceiling.
        ceilings: Test id → the bytes at t-gmax that its limit allows; for tests of the baseline.
        only: Ids of the tests to run, each in a process of its own; empty: all that the command chooses.
        repeat: How many measured runs of each test are wanted, besides what warms up.
        time_limit: Seconds that one run of one test may take; None: any time.
        valgrind_mode: What valgrind counts, where it is what profiles.
        load: What drives the program that the command runs; None: it runs by itself.
    """

    command: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    run_dir: Path
    jobs: int = 1
    rounds: str = "auto"
    ceilings: Mapping[str, int] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    repeat: int = 1
    time_limit: float | None = None
    valgrind_mode: Mode = Mode.HEAP
    load: Load | None = None


@dataclass(frozen=True, slots=True)
class TestProfile:
    """A DHAT file that one test (or program) wrote.

    Attributes:
        test: The test id, `<binary id> <test name>`; for a program `<binary id>` alone.
        path: Where the file is now: in the run's own directory, never in the user's tree.
        again: Whether the same process had run the test before.
    """

    __test__ = False  # not a test case, whatever its name makes pytest think

    test: str
    path: Path
    again: bool = False


class Movement(msgspec.Struct, frozen=True):
    """How far the figures of a test move by themselves, in several rounds, in bytes.

    Attributes:
        runs: How many rounds there were.
        lowest: The lowest t-gmax of them.
        highest: The highest.
        left: The most that any of the later half of many rounds in one process left at its end; None where there
            were not as many. A cache is full by then.
    """

    runs: int
    lowest: int
    highest: int
    left: int | None = None

    def together_with(self, other: "Movement") -> "Movement":
        """Those of two processes."""
        return Movement(
            self.runs + other.runs,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
            self.left if other.left is None else other.left,
        )


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test that failed, or a program that did not exit with 0.

    Attributes:
        test: The test id.
        reason: In words: `failed`, `killed by SIGSEGV`, `exited with 7`.
    """

    test: str
    reason: str


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One run of a suite under a profiler.

    Attributes:
        profiles: A DHAT file for each measured test and each of its repeated runs, in the order they ran.
        unmeasured: Ids of tests that passed and wrote no profile, sorted.
        failed: Tests that failed, in the order they ran. Their profiles are not in `profiles`.
        ignored: How many tests were skipped as `#[ignore]`.
        unaccounted: What went wrong outside any test (`cargo exited with 101`), or None.
        fingerprint: Profiler and its version, rustc, target, cargo profile, features, allocator, rounds.
        workspace: What tells the user's frames from the others'.
    """

    profiles: tuple[TestProfile, ...]
    unmeasured: tuple[str, ...]
    failed: tuple[FailedTest, ...]
    ignored: int
    unaccounted: str | None
    fingerprint: Mapping[str, str]
    workspace: Workspace
    notes: tuple[str, ...] = ()
    """What else the reader should know of how it was measured; sentences."""
    movements: Mapping[str, Movement] = field(default_factory=dict)
    """Test id → how far its figures move, of tests with several threads and of those that run alone."""


@dataclass(frozen=True, slots=True)
class Building:
    """The tests are being compiled."""


@dataclass(frozen=True, slots=True)
class BinaryStarted:
    """A test binary or program has started.

    Attributes:
        binary: Its binary id.
        number: 1 for the first.
        of: How many there will be.
        tests: How many tests will run in it.
    """

    binary: str
    number: int
    of: int
    tests: int


@dataclass(frozen=True, slots=True)
class TestStarted:
    """A test has started; with several jobs others may be under way."""

    __test__ = False  # see TestProfile

    test: str


@dataclass(frozen=True, slots=True)
class TestEnded:
    """A test has ended.

    Attributes:
        test: The test id.
        reason: Why it failed; None if it passed.
        seconds: How long it ran.
        profiles: How many profiles it wrote.
    """

    __test__ = False  # see TestProfile

    test: str
    reason: str | None
    seconds: float
    profiles: int


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line that cargo or a test printed. Untrusted text, without its line end."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the reader should know of how it is being measured. It is in `SuiteRun.notes` too."""

    text: str


@dataclass(frozen=True, slots=True)
class Phase:
    """Another run of the suite or of a part of it begins.

    Attributes:
        title: Which: `measuring 2 tests again (1 of 2)`.
    """

    title: str


ProgressEvent = Phase | Building | BinaryStarted | TestStarted | TestEnded | OutputLine | Note
Progress = Callable[[ProgressEvent], None]
