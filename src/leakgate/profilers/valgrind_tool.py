"""The valgrind of this machine: where it is, which one, and how it is started."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from leakgate.dhat.profile import Mode
from leakgate.errors import UsageError
from leakgate.profilers.session import Session

INSTALL = "`apt-get install valgrind`, `dnf install valgrind` or `apk add valgrind`"
_FIRST = (3, 15)  # DHAT as it is now, with a file
_FIRST_WITH_MODES = (3, 17)
READS_RUST = (3, 23)
"""The first that reads all of Rust's debug information: https://bugs.kde.org/show_bug.cgi?id=478837."""


@dataclass(frozen=True, slots=True)
class Valgrind:
    """A valgrind that can be used.

    Attributes:
        path: The program.
        version: As it calls itself, `3.19.0`.
    """

    path: str
    version: str

    @property
    def release(self) -> tuple[int, int]:
        """The first two numbers of its version, to compare."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    def words(self, mode: Mode) -> list[str]:
        """What starts a program in DHAT, but for where the profile goes.

        `.valgrindrc` and VALGRIND_OPTS do not count: the first is a file of the project's, and a pull request
        could blind the gate with it.
        """
        return [
            self.path,
            "--command-line-only=yes",
            "--tool=dhat",
            "--fullpath-after=",
            "--num-callers=64",
            "--trace-children=no",
            *([] if mode is Mode.HEAP else [f"--mode={mode}"]),
        ]


def installed(env: Mapping[str, str]) -> str | None:
    """The valgrind on PATH, if there is one."""
    return shutil.which("valgrind", path=env.get("PATH"))


def find(session: Session) -> Valgrind:
    """The valgrind of this machine.

    Args:
        session: Whose PATH and mode count.

    Raises:
        UsageError: There is none, or it is too old.
        MeasurementError: It cannot say which it is.
    """
    path = installed(session.request.env)
    if path is None:
        raise UsageError(
            "valgrind is not installed",
            remedy=f"{INSTALL}; on macOS and Windows there is none: use `--profiler harness`",
        )
    return read(path, session.output((path, "--version")), session.request.valgrind_mode)


def read(path: str, said: str, mode: Mode) -> Valgrind:
    """The valgrind that calls itself this.

    Args:
        path: The program.
        said: What it prints for `--version`.
        mode: What it is to count.

    Raises:
        UsageError: It is too old, or no valgrind.
    """
    found = re.match(r"valgrind-(\d+\.\d+[\w.]*)", said)
    if found is None:
        raise UsageError(f"`{path} --version` says no version: {said[:80]}", remedy="is it valgrind?")
    valgrind = Valgrind(path, found[1])
    first = _FIRST if mode is Mode.HEAP else _FIRST_WITH_MODES
    if valgrind.release < first:
        needed = "DHAT's profiles" if mode is Mode.HEAP else f"DHAT's mode `{mode}`"
        raise UsageError(
            f"valgrind {valgrind.version} is too old: {needed} came with {first[0]}.{first[1]}",
            where=path,
            remedy="update it",
        )
    return valgrind
