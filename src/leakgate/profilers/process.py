"""Run a command so that nothing of it outlives us."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol

from leakgate.errors import UsageError
from leakgate.profilers.guard import ends_with_us

GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_TICK = 0.1  # seconds


class ProcessRunner(Protocol):
    """Runs one command to its end. `run` is the real one; a test gives its own."""

    def __call__(  # noqa: PLR0913 - each by keyword, each optional thing a caller's own wish
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None],
        on_stdout: Callable[[str], None] | None = None,
        on_tick: Callable[[], None] | None = None,
        inherit: Sequence[int] = (),
    ) -> int:
        """Run a command.

        Args:
            argv: The program and its arguments.
            cwd: Where it runs.
            env: Its whole environment.
            on_line: Gets each line of its output, without the line end.
            on_stdout: Gets the lines of standard output, where they are to be told apart.
            on_tick: Called several times a second while it runs.
            inherit: File descriptors that it may use.

        Returns:
            Its exit code; negative: the number of the signal that ended it.

        Raises:
            UsageError: There is no such program.
            KeyboardInterrupt: SIGINT, SIGTERM or SIGHUP came; the command and all it started have ended.
        """
        ...


def run(  # noqa: PLR0913 - see ProcessRunner
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    on_line: Callable[[str], None],
    on_stdout: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
    inherit: Sequence[int] = (),
) -> int:
    """See `ProcessRunner`. The command gets a process group of its own, which is ended as a whole."""
    with _signals_raise():
        process: subprocess.Popen[bytes] | None = None
        try:
            with _signals_deferred():  # until we know the process, nobody could end it
                process = subprocess.Popen(  # noqa: S603 - running the user's command is the purpose
                    list(argv),
                    cwd=cwd,
                    env=dict(env),
                    # A background process group that reads from the terminal would be stopped.
                    stdin=subprocess.DEVNULL if _stdin_is_terminal() else None,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT if on_stdout is None else subprocess.PIPE,
                    process_group=0,
                    pass_fds=tuple(inherit),
                )
        except FileNotFoundError as error:
            if not cwd.is_dir():
                raise UsageError("the working directory does not exist", where=str(cwd)) from error
            raise UsageError(f"`{argv[0]}` was not found", remedy="install it, or add it to PATH") from error
        except PermissionError as error:
            raise UsageError(f"`{argv[0]}` may not be run: {error.strerror}") from error
        except KeyboardInterrupt:
            if process is not None:
                with process:
                    end_group(process)
            raise
        with process:
            try:
                with ends_with_us(process.pid):
                    _stream(process, on_line, on_stdout or on_line, on_tick)
                    return process.wait()
            except BaseException:
                end_group(process)
                raise


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group: SIGTERM, then SIGKILL to what is left after the grace. Waits for it."""
    with _signals_held():
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not _signal_group(process.pid, number):
                break
            deadline = time.monotonic() + GRACE
            while time.monotonic() < deadline and _signal_group(process.pid, 0):
                process.poll()  # reaps it, so that the group can become empty
                time.sleep(0.01)
        process.wait()


def _signal_group(group: int, number: int) -> bool:
    """Send a signal to a group; False: nobody is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return False
    return True


def _stream(
    process: subprocess.Popen[bytes],
    on_line: Callable[[str], None],
    on_stdout: Callable[[str], None],
    on_tick: Callable[[], None] | None,
) -> None:
    """Pass the output on line by line until the process has ended, even if a daemon of it holds the pipe."""
    with selectors.DefaultSelector() as selector:
        for stream, handle in ((process.stdout, on_stdout), (process.stderr, on_line)):
            if stream is not None:
                selector.register(stream.fileno(), selectors.EVENT_READ, _Lines(handle))
        while selector.get_map():
            ended = process.poll() is not None
            events = selector.select(0 if ended else _TICK)
            for key, _ in events:
                if not key.data.feed(os.read(key.fd, 1 << 16)):
                    selector.unregister(key.fd)
            if on_tick is not None:
                on_tick()
            if ended and not events:
                break
        for key in list(selector.get_map().values()):
            key.data.feed(b"")


class _Lines:
    """Cuts a stream into lines."""

    def __init__(self, handle: Callable[[str], None]) -> None:
        self._handle = handle
        self._pending = b""

    def feed(self, chunk: bytes) -> bool:
        """Take what was read; nothing is the end. Returns: whether there may be more."""
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        if not chunk and self._pending:
            lines.append(self._pending)
        for line in lines:
            self._handle(line.removesuffix(b"\r").decode(errors="replace"))
        return bool(chunk)


def _stdin_is_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """SIGTERM and SIGHUP raise KeyboardInterrupt, as SIGINT does, where nobody else has a handler for them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    ours = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _signals_deferred() -> Iterator[None]:
    """Let the signals that interrupt come at the end of the block; blocked ones a child would inherit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Keep an impatient second Ctrl-C from leaving children behind."""
    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
