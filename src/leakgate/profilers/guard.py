"""A guard beside each command: what it has started ends with us, even if we are killed and can end nothing."""

import contextlib
import subprocess
from collections.abc import Iterator

_GUARD = """
read -r _ && exit
kill -s TERM -- "-$1"
for _ in 1 2 3 4 5; do
    kill -s 0 -- "-$1" || exit
    sleep 1
done
kill -s KILL -- "-$1"
"""
"""Waits for a line. We hold the other end of the pipe alone, so that its end without a line is our own. Then the
group is ended as we would end it (`process.end_group`): it may have files to put back."""


@contextlib.contextmanager
def ends_with_us(group: int) -> Iterator[None]:
    """While it is open, a process group is ended when this process is killed: by SIGKILL, which no handler sees.

    Args:
        group: The group's id. The guard is no member of it.
    """
    guard = _start(group)
    try:
        yield
    finally:
        if guard is not None:
            guard.communicate(b"\n")


def _start(group: int) -> subprocess.Popen[bytes] | None:
    # Where no process can be had for it, the command runs unguarded: it is the command that was asked for.
    with contextlib.suppress(OSError):
        return subprocess.Popen(  # noqa: S603 - a fixed program
            ["/bin/sh", "-c", _GUARD, "sh", str(group)],
            cwd="/",
            env={},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # neither Ctrl-C nor the end of our own group reaches it
        )
    return None
