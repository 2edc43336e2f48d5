"""Snapshots as files: reading either side of a comparison, and writing so that a kill loses nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

from leakgate.dhat import reader
from leakgate.dhat.frames import Workspace
from leakgate.errors import InputError, UsageError
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import parse
from leakgate.snapshot.take import TestedProfile, take

NO_WORKSPACE = Workspace({}, ())

SINGLE_PROFILE = "profile"
"""The test id of a DHAT file that is given alone: two such files are to be compared whatever their names are."""

_SNIFFED = 4096
"""Bytes in which a snapshot names its fingerprint: it stands before the tests."""


def load(path: Path, workspace: Workspace = NO_WORKSPACE) -> Snapshot:
    """Read a snapshot, a DHAT file, or a directory of DHAT files.

    In a directory the test id is the path below it, without `.json`.

    Args:
        path: Where it is.
        workspace: The project that the DHAT files come from, where it is known.

    Raises:
        UsageError: There is nothing at `path`, or no DHAT file below it.
        InputError: A file is neither of these, or contradicts itself.
    """
    if os.path.isdir(path):  # noqa: PTH112 - pathlib's raises for a name that is too long
        files = _profiles_below(path)
        if not files:
            raise UsageError("no DHAT file (*.json) in this directory", where=str(path))
        return take((TestedProfile(_test_id(file, path), reader.read(file)) for file in files), workspace)
    if _is_dhat(path):
        return take([TestedProfile(SINGLE_PROFILE, reader.read(path))], workspace)
    return parse(_read(path), str(path))


def _profiles_below(directory: Path) -> list[Path]:
    """Every `*.json` in it, in the order of their paths.

    Raises:
        InputError: A directory below cannot be read: its tests would be missing.
    """

    def fail(error: OSError) -> None:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(error.filename)) from error

    def files() -> Iterator[Path]:
        for parent, _, names in os.walk(directory, onerror=fail):
            yield from (Path(parent, name) for name in names if name.endswith(".json"))

    return sorted(files())


def _test_id(file: Path, directory: Path) -> str:
    """The path below the directory; a name that is not UTF-8 has its bytes escaped."""
    name = file.relative_to(directory).as_posix().removesuffix(".json")
    return os.fsencode(name).decode(errors="backslashreplace")


def _is_dhat(path: Path) -> bool:
    if not os.path.isfile(path):  # noqa: PTH113 - pathlib's raises for a name that is too long
        return True  # the reader has the words for what is no regular file
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFFED)
    except OSError:
        return True
    return b'"fingerprint"' not in head


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > reader.MAX_BYTES:
            raise InputError(
                f"is {size:,} bytes long, and leakgate reads at most {reader.MAX_BYTES:,}", where=str(path)
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
