"""Runs every test of one test binary in a process of its own and keeps the DHAT files each wrote.

Imported by the runner: see `libtest.py`.
"""

import json
import os
import re
import signal
import time
from collections.abc import Iterable, MutableMapping, Sequence
from functools import partial

from leakgate.profilers.child import libtest
from leakgate.profilers.child.children import ending, spawn, tee, write
from leakgate.profilers.child.collect import Collector, announced
from leakgate.profilers.child.printing import Printer, Tally

PROFILE = "LEAKGATE_PROFILE"
"""The environment variable that offers each test a file name of its own for its profile."""

RAW = "LEAKGATE_HARNESS_FALLBACK_FILE"
"""The same for a raw profile, where the tests have the harness's allocator and libtest of their own."""

EVENTS = "events.jsonl"
"""What the parent is told, in the run's directory; `events.py` reads it."""

_GRACE = 1.0  # seconds between SIGTERM and SIGKILL; less than the parent's


class _Running:
    """A test under way.

    Attributes:
        name: Its name; empty for a program.
        output: The file its output goes to.
        own: The file name it was offered for its profile.
        crowded: Whether another test ran at the same time.
    """

    __slots__ = ("began", "clock", "crowded", "name", "output", "own")

    def __init__(self, name: str, output: str, own: str) -> None:
        self.name = name
        self.output = output
        self.own = own
        self.crowded = False
        self.began = time.time()
        self.clock = time.monotonic()


class Isolation:
    """One binary of one run."""

    def __init__(
        self,
        run_dir: str,
        binary: str,
        command: list[str],
        environment: MutableMapping[str, str],
        *,
        raw: bool = False,
    ) -> None:
        self.raw = raw
        self.run_dir = run_dir
        self.binary = binary
        self.command = command
        self.environment = dict(environment)
        self.events = os.open(f"{run_dir}/{EVENTS}", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.store = _new_directory(run_dir)
        self.collector = Collector(os.getcwd(), self.store)  # noqa: PTH109 - pathlib costs start-up time
        self.children: dict[int, _Running] = {}
        self.starts = 0

    def event(self, **fields: object) -> None:
        """Tell the parent, in one write."""
        os.write(self.events, json.dumps(fields).encode() + b"\n")

    def run_program(self) -> int:
        """Run a program, or a test binary with a harness of its own, as it is; its profiles are still kept."""
        self.event(event="binary", binary=self.binary, tests=1, ignored=0, filtered=0)
        self.event(event="start", test=self.binary)
        reader, writer = os.pipe()
        running = _Running("", "", self.collector.new_path())
        self.environment[PROFILE] = running.own
        pid = spawn(self.command, self.environment, [(os.POSIX_SPAWN_DUP2, writer, 2)])
        self.children[pid] = running
        os.close(writer)
        errors, status = tee(reader, pid)
        del self.children[pid]
        profiles = self._profiles(running, pid, announced(errors), self.binary)
        self._ended(self.binary, ending(status), running, profiles)
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def run_tests(self, width: int, options: libtest.Options, jobs: int) -> int:
        """Run each chosen test, print what libtest would have printed.

        Args:
            width: How many words of the command start the binary.
            options: What the user asked of libtest.
            jobs: How many tests may run at a time, once it is known that their files cannot collide.
        """
        began = time.monotonic()
        self.command = self.command[:width]
        chosen, ignored, filtered = self._list(options)
        skipped = set() if options.ignored or options.include_ignored else ignored
        tally = Tally(filtered)
        self.event(
            event="binary",
            binary=self.binary,
            tests=len(chosen) - len(skipped),
            ignored=len(skipped),
            filtered=filtered,
        )
        printer = Printer(partial(write, 1), options, len(chosen))
        for name, words in self._reasons(skipped, options):
            tally.ignored += 1
            printer.ignored(name, words)
        queue = [name for name in chosen if name not in skipped]
        for outcome in self._outcomes(queue, ignored, jobs):
            tally.failed += outcome.reason is not None
            tally.passed += outcome.reason is None
            printer.ended(outcome)
        printer.close(tally, time.monotonic() - began)
        return 101 if tally.failed else 0

    def abandon(self) -> None:
        """End the children and leave no half-written profile in the user's tree."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            self._reap()
            for pid in self.children:
                os.kill(pid, number)
            deadline = time.monotonic() + _GRACE
            while self.children and (number == signal.SIGKILL or time.monotonic() < deadline):
                time.sleep(0.005)
                self._reap()
        self.collector.sweep()

    def _reap(self) -> None:
        """Forget the children that have ended; the signal may have come just after one was waited for."""
        for pid in list(self.children):
            try:
                ended = os.waitpid(pid, os.WNOHANG)[0] != 0
            except ChildProcessError:
                ended = True
            if ended:
                del self.children[pid]

    def _list(self, options: libtest.Options) -> tuple[list[str], set[str], int]:
        """Which tests are chosen, in libtest's order; which have `#[ignore]`; and how many are filtered out."""
        selections = [options.selection, [*options.selection, "--ignored"], *([[]] if options.selection else [])]
        listings = self._outputs([[*selection, "--list", "--format", "terse"] for selection in selections])
        chosen, ignored = libtest.listed(listings[0]), libtest.listed(listings[1])
        total = len(libtest.listed(listings[2])) if options.selection else len(chosen)
        if options.ignored:
            chosen = ignored
        return chosen, set(ignored), total - len(chosen)

    def _reasons(self, skipped: set[str], options: libtest.Options) -> Iterable[tuple[str, str]]:
        """What libtest says of ignored tests. Asked to run nothing but them, it runs nothing and says why."""
        if not skipped:
            return []
        names = sorted(skipped)
        reasons: dict[str, str] = {}
        if not options.quiet:
            step = 500  # names on one command line
            batches = [["--exact", *names[start : start + step]] for start in range(0, len(names), step)]
            for output in self._outputs(batches):
                reasons.update(libtest.ignore_reasons(output))
        return [(name, reasons.get(name, "ignored")) for name in names]

    def _outputs(self, calls: Sequence[Sequence[str]]) -> list[bytes]:
        """What the binary prints when called in these ways, all at the same time."""
        paths = []
        for number, arguments in enumerate(calls):
            paths.append(f"{self.store}/listing-{number}")
            out = (os.POSIX_SPAWN_OPEN, 1, paths[-1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self.children[spawn([*self.command, *arguments], self.environment, [out])] = _Running("", "", "")
        while self.children:
            pid, status = os.wait()
            self.children.pop(pid, None)
            how = ending(status)
            if how:
                reason = f"{how} when asked for its tests"
                self.event(event="end", test=self.binary, reason=reason, seconds=0, profiles=[])
                raise OSError(f"it {reason}")
        return [_read(path) for path in paths]

    def _outcomes(self, tests: Sequence[str], ignored: set[str], jobs: int) -> Iterable[libtest.Outcome]:
        """Run the tests, one at a time until a profile shows that their files cannot collide."""
        queue = list(reversed(tests))
        at_once = 1
        undecided = jobs > 1
        while queue or self.children:
            while queue and len(self.children) < at_once:
                self._start(queue.pop(), ignored)
            pid, status = os.wait()
            running = self.children.pop(pid, None)
            if running is None:
                continue
            output = _read(running.output)
            os.unlink(running.output)  # noqa: PTH108 - pathlib costs start-up time
            paths = announced(output)
            separate = all(path == running.own or _names(path, pid) for path in paths)
            if running.crowded and not separate:
                # It may have overwritten another's file, or been overwritten: alone, once more.
                self._note(f"{running.name} saved to a name that other tests use too; it runs again, alone")
                at_once = 1
                queue.append(running.name)
                continue
            test = f"{self.binary} {running.name}"
            outcome = libtest.read_outcome(running.name, ending(status), output)
            profiles = self._profiles(running, pid, paths, test)
            self._ended(test, outcome.reason, running, profiles)
            if undecided and profiles:
                undecided = False
                if separate and paths:
                    at_once = jobs
                elif queue:
                    self._note(
                        f"{self.binary} runs one test at a time, because its tests save to one name; "
                        f"save to ${PROFILE} where it is set, and {jobs} run at a time"
                    )
            yield outcome

    def _start(self, name: str, ignored: set[str]) -> None:
        if self.children:
            for other in self.children.values():
                other.crowded = True
        else:
            self.collector.sweep()  # what tests that ran side by side left behind is nobody's
        self.starts += 1
        self.event(event="start", test=f"{self.binary} {name}")
        running = _Running(name, f"{self.store}/output-{self.starts}", self.collector.new_path())
        running.crowded = bool(self.children)
        arguments = [
            "--exact",
            "--nocapture",
            "--test-threads=1",
            *(["--include-ignored"] if name in ignored else []),
        ]
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        actions = [(os.POSIX_SPAWN_OPEN, 1, running.output, flags, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)]
        self.environment[PROFILE] = running.own
        if self.raw:
            self.environment[RAW] = running.own + ".raw"
        self.children[spawn([*self.command, name, *arguments], self.environment, actions)] = running

    def _profiles(self, running: _Running, pid: int, paths: Sequence[str], test: str) -> list[tuple[str, str]]:
        """The profiles a test wrote, each with the id it goes by: the first by the test's own."""
        if self.raw:
            raw = running.own + ".raw"
            return [(test, raw)] if os.path.exists(raw) else []  # noqa: PTH110 - pathlib costs start-up time
        found: list[tuple[str, str]] = []
        if os.path.exists(running.own):  # noqa: PTH110 - pathlib costs start-up time
            found.append((running.own, running.own))
        for path in paths:
            taken = None if path == running.own else self.collector.take(path, running.began)
            if taken:
                found.append((path, taken))
        if not running.crowded:
            found += self.collector.sweep()
        for path in sorted({path for path in paths if paths.count(path) > 1}):
            self._note(f"{test} saved {paths.count(path)} profiles to {path}: only the last is left to measure")
        return [
            (test if number == 0 else f"{test} [{_stem(path, pid)}]", stored)
            for number, (path, stored) in enumerate(found)
        ]

    def _ended(
        self, test: str, reason: str | None, running: _Running, profiles: Sequence[tuple[str, str]]
    ) -> None:
        seconds = round(time.monotonic() - running.clock, 6)
        stored = [(name, path.removeprefix(self.run_dir + "/")) for name, path in profiles]
        self.event(event="end", test=test, reason=reason, seconds=seconds, profiles=stored)

    def _note(self, text: str) -> None:
        self.event(event="note", text=text)


def _new_directory(run_dir: str) -> str:
    number = 0
    while True:
        number += 1
        path = f"{run_dir}/binary-{number:04}"
        try:
            os.mkdir(path, 0o700)  # noqa: PTH102 - pathlib costs start-up time
        except FileExistsError:
            continue
        return path


def _stem(path: str, pid: int) -> str:
    """A file's name without `.json`, and without what changes from run to run."""
    stem = os.path.basename(path).removesuffix(".json").replace(str(pid), "PID")  # noqa: PTH119 - as above
    return stem.encode(errors="replace").decode()


def _names(path: str, pid: int) -> bool:
    """Whether a file's name holds the process id, as a number of its own."""
    return str(pid) in re.findall(r"\d+", os.path.basename(path))  # noqa: PTH119 - as above


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
        return file.read()
