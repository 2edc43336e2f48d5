"""Commands that may take only so long."""

import os
import signal
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SECONDS_TO_END = 20
_TAIL = 25


class CommandError(Exception):
    """A command did not do what it is for; the message has the end of its output."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands run, and where their output is kept."""

    cwd: Path
    env: Mapping[str, str]
    logs: Path


def run(name: str, words: Sequence[str], place: Place, *, limit: float, codes: Collection[int] = (0,)) -> float:
    """Run a command to its end.

    Args:
        name: Of its log.
        words: The command.
        place: Where.
        limit: Seconds.
        codes: The exit codes that it may have.

    Returns:
        Seconds by the clock.

    Raises:
        CommandError: Another exit code, or it took longer.
    """
    log = place.logs / f"{name}.log"
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            words,
            cwd=place.cwd,
            env=place.env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code = _wait(process, limit)
        seconds = time.perf_counter() - start
    if code not in codes:
        how = f"took more than {limit:.0f} s" if code is None else f"exited with {code}"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        raise CommandError("\n".join([f"`{' '.join(words)}` {how}", *lines[-_TAIL:]]))
    return seconds


def _wait(process: subprocess.Popen[bytes], limit: float) -> int | None:
    """The exit code; None for a command that had to be ended, with all that it started."""
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # The command is asked first: leakgate's own children are in a session of theirs, and it ends them.
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SECONDS_TO_END)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
