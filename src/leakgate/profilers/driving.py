"""One run of a program that the harness is in: by itself to its end, or driven by a load and ended by a signal.

The program tells us its process id and writes its profiles where it is told (`harness/src/program.rs`). So the
signal reaches the program, whoever started it.
"""

import math
import os
import queue
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers.child.children import in_words
from leakgate.profilers.guard import ends_with_us
from leakgate.profilers.process import end_group
from leakgate.profilers.session import Session
from leakgate.profilers.suite import Load, SuiteRequest

DIRECTORY = "LEAKGATE_PROGRAM_DIR"
"""The environment variable that tells the harness in a program to measure, and where; it takes it away."""

PID = "LEAKGATE_PROGRAM_PID"
"""Tells the load the program's process id."""

PROFILES = "LEAKGATE_PROGRAM_PROFILES"
"""Tells the load the directory in which `1.raw` appears when the first profile on demand is written, and so on."""

_LAST_WORDS = 1.0
"""Seconds for what a load that has ended leaves in its pipe."""

_STOPS = (signal.SIGTERM, signal.SIGINT)
"""The signals of which a program dies with its profile written."""


@dataclass(frozen=True, slots=True)
class Started:
    """A program that has the harness.

    Attributes:
        pid: Its process id.
        path: Its executable's real path.
    """

    pid: int
    path: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A program's run.

    Attributes:
        program: What ran; None: no program with the harness in it.
        code: The exit code of cargo's process, which becomes the program's; negative: the signal that ended it.
        failure: Why it counts as failed, in words; None: it does not.
        seconds: How long it ran.
        last: The profile of the whole run; None: it wrote none.
        on_demand: The profiles it wrote on the way, in order.
    """

    program: Started | None
    code: int
    failure: str | None
    seconds: float
    last: Path | None
    on_demand: tuple[Path, ...]


def refuse_load(request: SuiteRequest, why: str) -> None:
    """Say no to a load that could drive nothing.

    Raises:
        UsageError: One is asked for.
    """
    if request.load is not None:
        raise UsageError(
            f"a load drives a program under leakgate's harness: {why}",
            where=shlex.join(request.load.command),
            remedy="use it with `cargo run`, without a dhat of the project's own, or leave it out",
        )


def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    place: Path,
    session: Session,
    on_start: Callable[[Started], None],
) -> Ended:
    """Run the command that becomes the program, and end the program when its load has ended.

    Args:
        argv: The command.
        env: Its environment.
        place: A directory for what the program writes. The program makes it.
        session: Runs it.
        on_start: Told of the program when it is there.

    Raises:
        UsageError: There is no such load.
        MeasurementError: The load failed, the program ended before it, or would not end.
        KeyboardInterrupt: A signal came; everything that was started has ended.
    """
    drive = _Drive(place, session, on_start)
    try:
        code = session.start(
            argv,
            cwd=session.request.cwd,
            env={**env, DIRECTORY: str(place)},
            on_line=session.line,
            on_tick=drive.tick,
        )
        return drive.ended(code)
    finally:
        drive.close()


class _Drive:
    """Looks at a running program several times a second, and does what is due."""

    def __init__(self, place: Path, session: Session, on_start: Callable[[Started], None]) -> None:
        self.place = place
        self.session = session
        self.on_start = on_start
        self.program: Started | None = None
        self.began = time.monotonic()
        self.load: _RunningLoad | None = None
        self.load_code: int | None = None
        self.patience: float | None = None
        self.killed_for: str | None = None

    def tick(self) -> None:
        """Start the load, stop the program, kill it: whatever its time has come for."""
        request = self.session.request
        if self.program is None:
            if not self._look():
                return
            if request.load is not None:
                self.load = _RunningLoad(request.load, self._load_environment(), request.cwd)
        now = time.monotonic()
        if self.load is not None:
            self.load.pass_on(self.session.line)
            if self.load_code is None and (code := self.load.ended()) is not None:
                self.load_code = code
                self.patience = now + (math.inf if self._load.stop_grace is None else self._load.stop_grace)
                self._send(_stop_signal(self._load))
        if self.patience is not None and now > self.patience:
            signal_name = _stop_signal(self._load).name
            self._kill(f"was still running {self._load.stop_grace:g} s after {signal_name}")
        elif request.time_limit is not None and now - self.began > request.time_limit:
            self._kill(f"was still running after {request.time_limit:g} s")

    def ended(self, code: int) -> Ended:
        """What to make of it all, now that the program has ended."""
        self._look()
        seconds = time.monotonic() - self.began
        failure = self._failure(code)
        last = self.place / "end.raw"
        on_demand = sorted(self.place.glob("[0-9]*.raw"), key=lambda path: int(path.stem))
        return Ended(self.program, code, failure, seconds, last if last.is_file() else None, tuple(on_demand))

    def close(self) -> None:
        """Leave no load behind, and nothing unsaid that it has printed."""
        if self.load is not None:
            self.load.end()
            self.load.pass_on(self.session.line)

    @property
    def _load(self) -> Load:
        assert self.session.request.load is not None  # noqa: S101 - only asked where there is one
        return self.session.request.load

    def _look(self) -> bool:
        """Whether the program is there; the first time somebody is told."""
        if self.program is None:
            with suppress(FileNotFoundError):
                pid, _, path = (self.place / "program").read_bytes().partition(b"\n")
                if not re.fullmatch(rb"[1-9][0-9]{0,8}", pid) or int(pid) == 1:
                    raise MeasurementError("the program did not say which process it is", where=str(self.place))
                self.program = Started(int(pid), os.path.realpath(os.fsdecode(path)))
                self.began = time.monotonic()
                self.on_start(self.program)
        return self.program is not None

    def _load_environment(self) -> dict[str, str]:
        assert self.program is not None  # noqa: S101 - a load is started when it is there
        return {**self.session.request.env, PID: str(self.program.pid), PROFILES: str(self.place)}

    def _send(self, number: signal.Signals) -> None:
        if self.program is not None:
            with suppress(ProcessLookupError):
                os.kill(self.program.pid, number)

    def _kill(self, why: str) -> None:
        """End the program and what it has started, the hard way."""
        self.killed_for = self.killed_for or why
        self._send(signal.SIGKILL)
        if self.program is not None:
            with suppress(ProcessLookupError):
                group = os.getpgid(self.program.pid)
                if group != os.getpgrp():
                    os.killpg(group, signal.SIGKILL)

    def _failure(self, code: int) -> str | None:
        """Why the run failed; None: it did not.

        Raises:
            MeasurementError: It is the load's failure, or the program did not do what the load asked for.
        """
        if self.killed_for is not None and self.patience is None:
            return self.killed_for
        if self.session.request.load is None:
            is_stopped = -code in _STOPS and (self.place / "end.raw").is_file()
            return None if code == 0 or is_stopped else in_words(code)
        if self.program is None:  # the caller has a better word for it
            return None
        shown = shlex.join(self._load.command)
        stop = _stop_signal(self._load)
        stopped_well = code in {0, -stop, 128 + stop}
        if self.load_code is None or (self.load_code != 0 and not stopped_well and self.killed_for is None):
            raise MeasurementError(
                f"the program {did(code)} before its load had ended", where=shown, remedy="see its output above"
            )
        if self.load_code != 0:
            raise MeasurementError(
                f"the load {did(self.load_code)}, so nothing is judged",
                where=shown,
                remedy="see its output above",
            )
        if self.killed_for is not None:
            raise MeasurementError(
                f"the program {self.killed_for}",
                where=shown,
                remedy="raise `stop-grace`, or name the signal that ends it as `stop-signal`",
            )
        return None if stopped_well else f"{in_words(code)} after {stop.name}"


def did(code: int) -> str:
    """How a process ended, with a verb: `exited with 7`, `was killed by SIGKILL`."""
    return in_words(code) if code >= 0 else f"was {in_words(code)}"


def _stop_signal(load: Load) -> signal.Signals:
    return signal.Signals[f"SIG{load.stop_signal}"]


class _RunningLoad:
    """The load, in a process group of its own."""

    def __init__(self, load: Load, env: Mapping[str, str], cwd: Path) -> None:
        program = load.command[0]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - running the user's command is the purpose
                load.command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        except OSError as error:
            raise UsageError(
                f"the load cannot be started: {error.strerror}", where=program, remedy="see `load`"
            ) from error
        self._guard = ExitStack()
        self._guard.enter_context(ends_with_us(self._process.pid))
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        for line in self._process.stdout:
            self._lines.put(line.rstrip(b"\r\n").decode(errors="replace"))

    def pass_on(self, line: Callable[[str], None]) -> None:
        """Tell what it has printed, on the caller's thread."""
        with suppress(queue.Empty):
            while True:
                line(self._lines.get_nowait())

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def end(self) -> None:
        """End it and all that it started."""
        end_group(self._process)
        self._guard.close()
        # A daemon of it may hold the pipe for ever, and then the thread too, which is one.
        self._reader.join(_LAST_WORDS)
        if not self._reader.is_alive() and self._process.stdout is not None:
            self._process.stdout.close()
