"""The runner's child processes: start one, follow one, say how one ended.

Imported by the runner: see `libtest.py`.
"""

import os
import select
import signal
import time
from collections.abc import Mapping, Sequence

from leakgate.profilers.child.keeping import Run

_KEPT = 1 << 24  # bytes of a program's stderr that are searched for what dhat says
_TICK = 0.05  # seconds
_LOOK = 0.1  # seconds between two looks for runs whose time is up


def spawn(command: Sequence[str], environment: Mapping[str, str], actions: Sequence[tuple[object, ...]]) -> int:
    """Start a command. Much cheaper than `subprocess`, in the import too.

    Args:
        command: The program, looked for on PATH if it has no slash, and its arguments.
        environment: Its whole environment.
        actions: What to do with its files, as `os.posix_spawn` takes it.

    Returns:
        Its process id.
    """
    start = os.posix_spawn if "/" in command[0] else os.posix_spawnp
    # Python ignores SIGPIPE and SIGXFSZ, and a child would inherit that.
    defaults = [signal.SIGPIPE, signal.SIGXFSZ]
    return start(command[0], list(command), environment, file_actions=actions, setsigdef=defaults)


def tee(reader: int, pid: int) -> tuple[bytes, int]:
    """Pass a program's stderr on while it runs, until the program ends, even if a daemon of it holds the pipe.

    Returns:
        The end of what it wrote, and its wait status.
    """
    seen = bytearray()
    closed = False
    while True:
        if not closed and select.select([reader], [], [], _TICK)[0]:
            closed = _pass_on(reader, seen)
        done, status = os.waitpid(pid, 0 if closed else os.WNOHANG)
        if done:
            break
    while not closed and select.select([reader], [], [], 0)[0]:
        closed = _pass_on(reader, seen)
    os.close(reader)
    return bytes(seen), status


def _pass_on(reader: int, seen: bytearray) -> bool:
    """Copy what there is to our own stderr. Returns: whether that was the end."""
    chunk = os.read(reader, 1 << 16)
    seen += chunk
    del seen[:-_KEPT]
    write(2, chunk)
    return not chunk


def write(target: int, text: bytes) -> None:
    """Write all of it to a file descriptor, unbuffered."""
    written = 0
    while written < len(text):
        written += os.write(target, text[written:])


def ending(status: int) -> str | None:
    """How a process ended, in words; None for exit code 0."""
    code = os.waitstatus_to_exitcode(status)
    return in_words(code) if code else None


def in_words(code: int) -> str:
    """How a process ended: `exited with 7`, for a negative code `killed by SIGKILL`."""
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


class Deadline:
    """Within it, the children whose time is up are ended while someone waits for them.

    A timer's signal interrupts whatever we wait in, and what was waited for goes on afterwards.
    """

    def __init__(self, seconds: float | None, children: Mapping[int, Run]) -> None:
        """Remember whom to watch.

        Args:
            seconds: What one run may take; None: any time.
            children: Process id → run, of those under way.
        """
        self.seconds = seconds
        self._children = children

    def __enter__(self) -> None:
        if self.seconds is not None:
            signal.signal(signal.SIGALRM, self._look)
            signal.setitimer(signal.ITIMER_REAL, _LOOK, _LOOK)

    def __exit__(self, *_error: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)  # a late one would kill an interpreter that is on its way out

    def _look(self, _number: int, _frame: object) -> None:
        limit = self.seconds or 0.0
        for pid, run in list(self._children.items()):
            if not run.overdue and time.monotonic() - run.clock > limit:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:  # it has just ended
                    continue
                run.overdue = True
