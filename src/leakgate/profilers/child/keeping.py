"""How the profile of one run gets to us: by a file that dhat announces, or by one that was named beforehand.

Imported by the runner: see `libtest.py`.
"""

import os
import re
import time
from collections.abc import Callable, MutableMapping, Sequence

from leakgate.profilers.child import diagnosis
from leakgate.profilers.child.collect import Collector

PROFILE = "LEAKGATE_PROFILE"
"""The environment variable that offers each test a file name of its own for its profile."""

RAW = "LEAKGATE_HARNESS_FALLBACK_FILE"
"""The same for a raw profile, where the tests have the harness's allocator and libtest of their own."""


class Run:
    """One process of a test or program.

    Attributes:
        test: The test id.
        output: The file its output goes to; empty for a program.
        own: The file name that is its alone, for its profile.
        crowded: Whether another test ran at the same time.
        overdue: Whether it was ended because its time was up.
    """

    __slots__ = ("began", "clock", "crowded", "output", "overdue", "own", "test")

    def __init__(self, test: str, output: str, own: str) -> None:
        self.test = test
        self.output = output
        self.own = own
        self.crowded = False
        self.overdue = False
        self.began = time.time()
        self.clock = time.monotonic()


Kept = list[tuple[str, str]]
"""Profiles: the id each goes by, and where it is now."""


class Case:
    """A test that is to run, once or several times.

    Attributes:
        name: Its name.
        left: How many runs are left.
        seconds: How long those took that have ended.
        profiles: What they wrote.
    """

    __slots__ = ("left", "name", "profiles", "seconds")

    def __init__(self, name: str, runs: int) -> None:
        self.name = name
        self.left = runs
        self.seconds = 0.0
        self.profiles: Kept = []


class Announced:
    """The files that the tests write with a dhat of their own, wherever they write them."""

    side_by_side = False  # before it is known that the tests do not write to one name

    def __init__(self, store: str, note: Callable[[str], None]) -> None:
        self._collector = Collector(os.getcwd(), store)  # noqa: PTH109 - pathlib costs start-up time
        self._note = note

    def new_path(self) -> str:
        """A file name that is free."""
        return self._collector.new_path()

    def prepare(self, run: Run, environment: MutableMapping[str, str]) -> list[str]:
        """Set the run's variables. Returns: the words that start its binary in another program; here none."""
        environment[PROFILE] = run.own
        return []

    def take(self, run: Run, pid: int, paths: Sequence[str]) -> Kept:
        """What the run wrote: the first by the test's own id, others with their file's name behind it.

        Args:
            run: It has ended.
            pid: Its process id.
            paths: What dhat said that it saved to.
        """
        found: list[tuple[str, str]] = []
        if os.path.exists(run.own):  # noqa: PTH110 - pathlib costs start-up time
            found.append((run.own, run.own))
        for path in paths:
            taken = None if path == run.own else self._collector.take(path, run.began)
            if taken:
                found.append((path, taken))
        if not run.crowded:
            found += self._collector.sweep()
        for path in sorted({path for path in paths if paths.count(path) > 1}):
            self._note(
                f"{run.test} saved {paths.count(path)} profiles to {path}: only the last is left to measure"
            )
        return [
            (run.test if number == 0 else f"{run.test} [{_stem(path, pid)}]", stored)
            for number, (path, stored) in enumerate(found)
        ]

    def missing(self, _run: Run) -> str | None:
        """What is to be said of a run that ended well and left no profile; here nothing: it may be meant."""
        return None

    def why(self, _run: Run) -> str | None:
        """What is known of a bad end; here nothing."""
        return None

    def sweep(self) -> None:
        """Take away what is nobody's, or half written."""
        self._collector.sweep()


class Named:
    """Raw profiles: the harness's allocator writes to the name it is given."""

    side_by_side = True

    def __init__(self, store: str) -> None:
        self._store = store
        self._count = 0

    def new_path(self) -> str:
        """See `Announced`; as all that follows."""
        self._count += 1
        return f"{self._store}/{self._count:05}.json"

    def prepare(self, run: Run, environment: MutableMapping[str, str]) -> list[str]:
        environment[PROFILE] = run.own
        environment[RAW] = run.own + ".raw"
        return []

    def take(self, run: Run, _pid: int, _paths: Sequence[str]) -> Kept:
        raw = run.own + ".raw"
        return [(run.test, raw)] if os.path.exists(raw) else []  # noqa: PTH110 - pathlib costs start-up time

    def missing(self, _run: Run) -> str | None:
        return None

    def why(self, _run: Run) -> str | None:
        return None

    def sweep(self) -> None:
        """There is nothing in the user's tree."""


class Valgrind(Named):
    """Profiles that valgrind writes of the process that runs in it."""

    def __init__(self, store: str, words: Sequence[str]) -> None:
        """Remember what starts a program in valgrind.

        Args:
            store: An existing directory of the run's own, for this binary alone.
            words: `valgrind` and its options.
        """
        super().__init__(store)
        self._words = list(words)

    def prepare(self, run: Run, environment: MutableMapping[str, str]) -> list[str]:
        environment.pop("TERM", None)  # libtest reads the terminal's description: 22 KB that are no test's
        # Valgrind replaces %p. A process that forks becomes two, and each writes a profile when it ends.
        own = run.own.replace("%", "%%")
        return [*self._words, f"--dhat-out-file={own}.%p", f"--log-file={own}.log"]

    def take(self, run: Run, pid: int, _paths: Sequence[str]) -> Kept:
        written = self._written(run)
        # The user's own target runner may have started another process than the one we know.
        main = str(pid) if str(pid) in written else written[0] if len(written) == 1 else None
        if main is None:
            return []
        os.replace(f"{run.own}.{main}", run.own)  # noqa: PTH105 - pathlib costs start-up time
        return [(run.test, run.own)]

    def missing(self, run: Run) -> str | None:
        why = self.why(run)
        return f"valgrind wrote no profile of `{run.test}`{f': {why}' if why else ''}"

    def why(self, run: Run) -> str | None:
        """What valgrind said of a bad end, in words."""
        try:
            with open(f"{run.own}.log", encoding="utf-8", errors="replace") as log:  # noqa: PTH123 - as above
                return diagnosis.of(log.read())
        except OSError:
            return None

    def _written(self, run: Run) -> list[str]:
        """The process ids that wrote a profile."""
        start = os.path.basename(run.own) + "."  # noqa: PTH119 - pathlib costs start-up time
        names = [name.removeprefix(start) for name in os.listdir(self._store) if name.startswith(start)]  # noqa: PTH208
        return sorted(name for name in names if name.isdecimal())


Keeper = Announced | Named | Valgrind


def names(path: str, pid: int) -> bool:
    """Whether a file's name holds the process id, as a number of its own."""
    return str(pid) in re.findall(r"\d+", os.path.basename(path))  # noqa: PTH119 - pathlib costs start-up time


def _stem(path: str, pid: int) -> str:
    """A file's name without `.json`, and without what changes from run to run."""
    stem = os.path.basename(path).removesuffix(".json").replace(str(pid), "PID")  # noqa: PTH119 - as above
    return stem.encode(errors="replace").decode()
