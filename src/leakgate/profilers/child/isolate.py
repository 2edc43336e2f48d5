"""Runs every test of one test binary in a process of its own and keeps the profile of each.

Imported by the runner: see `libtest.py`.
"""

import json
import os
import signal
import time
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from functools import partial

from leakgate.profilers.child import libtest, listing
from leakgate.profilers.child.children import Deadline, ending, spawn, tee, write
from leakgate.profilers.child.collect import announced
from leakgate.profilers.child.keeping import PROFILE, Announced, Case, Keeper, Kept, Named, Run, Valgrind, names
from leakgate.profilers.child.plan import Plan
from leakgate.profilers.child.printing import Printer, Tally

EVENTS = "events.jsonl"
"""What the parent is told, in the run's directory; `events.py` reads it."""

_GRACE = 1.0  # seconds between SIGTERM and SIGKILL; less than the parent's


class Isolation:
    """One binary of one run."""

    def __init__(
        self,
        run_dir: str,
        binary: str,
        argv: Sequence[str],
        environment: Mapping[str, str],
        plan: Plan,
    ) -> None:
        """Make ready to run a binary.

        Args:
            run_dir: The run's directory.
            binary: The binary id.
            argv: The binary and its arguments.
            environment: Its variables.
            plan: What is wanted.
        """
        self.run_dir = run_dir
        self.binary = binary
        self.argv = list(argv)
        self.runner = plan.runner
        self.environment: MutableMapping[str, str] = dict(environment)
        self.repeat = plan.repeat
        self.only = plan.only
        self.events = os.open(f"{run_dir}/{EVENTS}", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.store = _new_directory(run_dir)
        self.keeper = self._keeper(plan)
        self.children: dict[int, Run] = {}
        self.deadline = Deadline(plan.time_limit, self.children)
        self.starts = 0

    def _keeper(self, plan: Plan) -> Keeper:
        if plan.valgrind:
            return Valgrind(self.store, plan.valgrind)
        return Named(self.store) if plan.raw else Announced(self.store, self.note)

    def event(self, **fields: object) -> None:
        """Tell the parent, in one write."""
        os.write(self.events, json.dumps(fields).encode() + b"\n")

    def run_program(self) -> int:
        """Run a program, or a test binary with a harness of its own, as it is; its profiles are still kept.

        Returns:
            What it exited with, as a shell would say it; the first of its runs that failed counts.
        """
        wanted = not self.only or self._is_wanted(self.binary)
        self.event(event="binary", binary=self.binary, tests=int(wanted), ignored=0, filtered=int(not wanted))
        if not wanted:
            return 0
        self.event(event="start", test=self.binary)
        case = Case("", self.repeat)
        code, reason = 0, None
        while case.left and reason is None:
            case.left -= 1
            code, reason = self._run_once(case)
        self._ended(self.binary, reason, case)
        return code if code >= 0 else 128 - code

    def _run_once(self, case: Case) -> tuple[int, str | None]:
        """Run the program to its end. Returns: its exit code, and in words why that is none of success."""
        reader, writer = os.pipe()
        run = Run(self.binary, "", self.keeper.new_path())
        environment = dict(self.environment)
        words = self.keeper.prepare(run, environment)
        pid = spawn([*self.runner, *words, *self.argv], environment, [(os.POSIX_SPAWN_DUP2, writer, 2)])
        self.children[pid] = run
        os.close(writer)
        errors, status = tee(reader, pid)
        del self.children[pid]
        case.seconds += time.monotonic() - run.clock
        reason = self._how(run, status)
        self._keep(case, run, self.keeper.take(run, pid, announced(errors)), passed=reason is None)
        return os.waitstatus_to_exitcode(status), reason

    def run_tests(self, options: libtest.Options, jobs: int) -> int:
        """Run each chosen test, print what libtest would have printed.

        Args:
            options: What the user asked of libtest.
            jobs: How many tests may run at a time, once it is known that their files cannot collide.
        """
        began = time.monotonic()
        chosen, ignored, total = listing.tests(self._outputs, options)
        if self.only:
            chosen = [name for name in chosen if self._is_wanted(f"{self.binary} {name}")]
            ignored &= set(chosen)
        filtered = total - len(chosen)
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
        for name, words in listing.ignore_reasons(self._outputs, skipped, options):
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
        self.keeper.sweep()

    def note(self, text: str) -> None:
        """Tell the parent a sentence for the reader."""
        self.event(event="note", text=text)

    def _reap(self) -> None:
        """Forget the children that have ended; the signal may have come just after one was waited for."""
        for pid in list(self.children):
            try:
                ended = os.waitpid(pid, os.WNOHANG)[0] != 0
            except ChildProcessError:
                ended = True
            if ended:
                del self.children[pid]

    def _is_wanted(self, test: str) -> bool:
        """Whether a test, or one of several files that it wrote, was asked for."""
        return any(asked == test or asked.startswith(f"{test} [") for asked in self.only)

    def _outputs(self, calls: Sequence[Sequence[str]]) -> list[bytes]:
        """What the binary prints when called in these ways, all at the same time."""
        paths = []
        for number, arguments in enumerate(calls):
            paths.append(f"{self.store}/listing-{number}")
            out = (os.POSIX_SPAWN_OPEN, 1, paths[-1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            pid = spawn([*self.runner, self.argv[0], *arguments], self.environment, [out])
            self.children[pid] = Run(self.binary, "", "")
        while self.children:
            pid, status = os.wait()
            run = self.children.pop(pid, None)
            how = self._how(run, status) if run else None
            if how:
                reason = f"{how} when asked for its tests"
                self.event(event="end", test=self.binary, reason=reason, seconds=0, profiles=[])
                raise OSError(f"it {reason}")
        return [_read(path) for path in paths]

    def _outcomes(self, tests: Sequence[str], ignored: set[str], jobs: int) -> Iterable[libtest.Outcome]:
        """Run the tests, one at a time until a profile shows that their files cannot collide."""
        waiting = [Case(name, self.repeat) for name in reversed(tests)]
        under_way: dict[int, Case] = {}
        at_once = jobs if self.keeper.side_by_side else 1
        undecided = jobs > at_once
        while waiting or self.children:
            while waiting and len(self.children) < at_once:
                case = waiting.pop()
                under_way[self._start(case, ignored)] = case
            pid, status = os.wait()
            run = self.children.pop(pid, None)
            if run is None:
                continue
            case = under_way.pop(pid)
            output = _read(run.output)
            os.unlink(run.output)  # noqa: PTH108 - pathlib costs start-up time
            paths = announced(output)
            separate = all(path == run.own or names(path, pid) for path in paths)
            if run.crowded and not separate:
                # It may have overwritten another's file, or been overwritten: alone, once more.
                self.note(f"{case.name} saved to a name that other tests use too; it runs again, alone")
                at_once = 1
                waiting.append(case)
                continue
            case.left -= 1
            case.seconds += time.monotonic() - run.clock
            outcome = libtest.read_outcome(case.name, self._how(run, status), output)
            profiles = self.keeper.take(run, pid, paths)
            self._keep(case, run, profiles, passed=outcome.reason is None)
            if undecided and profiles:
                undecided = False
                if separate and paths:
                    at_once = jobs
                elif waiting:
                    self.note(
                        f"{self.binary} runs one test at a time, because its tests save to one name; "
                        f"save to ${PROFILE} where it is set, and {jobs} run at a time"
                    )
            if outcome.reason is None and case.left:
                waiting.append(case)
                continue
            self._ended(run.test, outcome.reason, case)
            yield outcome

    def _start(self, case: Case, ignored: set[str]) -> int:
        """Start one run of a test. Returns: its process id."""
        if self.children:
            for other in self.children.values():
                other.crowded = True
        else:
            self.keeper.sweep()  # what tests that ran side by side left behind is nobody's
        self.starts += 1
        test = f"{self.binary} {case.name}"
        if case.left == self.repeat:
            self.event(event="start", test=test)
        run = Run(test, f"{self.store}/output-{self.starts}", self.keeper.new_path())
        run.crowded = bool(self.children)
        arguments = [
            "--exact",
            "--nocapture",
            "--test-threads=1",
            *(["--include-ignored"] if case.name in ignored else []),
        ]
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        actions = [(os.POSIX_SPAWN_OPEN, 1, run.output, flags, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)]
        environment = dict(self.environment)
        words = self.keeper.prepare(run, environment)
        pid = spawn([*self.runner, *words, self.argv[0], case.name, *arguments], environment, actions)
        self.children[pid] = run
        return pid

    def _keep(self, case: Case, run: Run, profiles: Kept, *, passed: bool) -> None:
        case.profiles += profiles
        missing = self.keeper.missing(run) if passed and not profiles else None
        if missing:
            self.note(missing)

    def _how(self, run: Run, status: int) -> str | None:
        """How a run ended, in words; None for exit code 0."""
        if run.overdue:
            return f"did not end within {self.deadline.seconds:g} s"
        how = ending(status)
        why = self.keeper.why(run) if how else None
        return f"{how}: {why}" if why else how

    def _ended(self, test: str, reason: str | None, case: Case) -> None:
        stored = [(name, path.removeprefix(self.run_dir + "/")) for name, path in case.profiles]
        self.event(event="end", test=test, reason=reason, seconds=round(case.seconds, 6), profiles=stored)


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


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
        return file.read()
