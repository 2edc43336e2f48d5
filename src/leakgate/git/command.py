"""Running git: one command in, what it said out. Whoever calls decides what a refusal means."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

TIMEOUT_SECONDS = 60
"""For a question to a clone on this machine."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
_MISSING = 127
_TOO_LATE = 124


@dataclass(frozen=True, slots=True)
class Done:
    """One git command that ended.

    Attributes:
        code: Its exit code; 127 where there is no git, 124 where it took too long.
        out: Its standard output.
        err: Its standard error, in English. May hold a URL or a path, never a setting's value.
    """

    code: int
    out: bytes
    err: str

    @property
    def ok(self) -> bool:
        """Whether git did what it was asked."""
        return self.code == 0

    @property
    def text(self) -> str:
        """Standard output as text without space at its ends."""
        return self.out.decode("utf-8", "replace").strip()


class GitRunner(Protocol):
    """Runs `git ARGS`."""

    def __call__(self, args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = _NOTHING) -> Done:
        """Run git to its end.

        Args:
            args: Without `git` itself. Shown in process lists: no secret goes here.
            stdin: What git reads.
            env: Variables beside those the runner was made with.
        """
        ...


def runner(cwd: Path, env: Mapping[str, str], timeout: float = TIMEOUT_SECONDS) -> GitRunner:
    """Real git in `cwd`.

    Variables such as `GIT_DIR`, which a hook exports, would point it at another repository than the one that is
    meant: they are left out. It never asks for a password.

    Args:
        cwd: Where it runs.
        env: The environment; its `GIT_CONFIG_*` settings stay, which are the user's.
        timeout: Seconds after which it is ended.
    """
    clean = {
        name: value for name, value in env.items() if not name.startswith("GIT_") or name.startswith("GIT_CONFIG_")
    } | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}

    def run(args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = _NOTHING) -> Done:
        try:
            process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell
                ["git", *args],  # noqa: S607 - the user's own git
                cwd=cwd,
                env={**clean, **env},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # no terminal to ask for a password on; what it starts ends with it
            )
        except OSError as error:
            return Done(_MISSING, b"", f"git cannot be run: {error.strerror or error}")
        with process:
            try:
                out, err = process.communicate(stdin, timeout)
            except subprocess.TimeoutExpired:
                _kill(process)
                return Done(_TOO_LATE, b"", f"git did not end within {timeout:.0f} s")
            except BaseException:  # a user's Ctrl-C does not reach another session
                _kill(process)
                raise
        return Done(process.returncode, out, err.decode("utf-8", "replace").strip())

    return run


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End git and the helpers it started, such as the one that speaks HTTP, which hold its pipes open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
