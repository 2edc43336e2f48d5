"""Snapshots as files: reading either side of a comparison, and writing so that a kill loses nothing."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from leakgate.dhat import reader
from leakgate.dhat.frames import Workspace
from leakgate.errors import InputError, ServiceError, UsageError
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import parse
from leakgate.snapshot.take import TestedProfile, take

SINGLE_PROFILE = "profile"
"""The test id of a DHAT file that is given alone: two such files are to be compared whatever their names are."""

_SNIFFED = 4096
"""Bytes in which a snapshot names its fingerprint: it stands before the tests."""


def load(path: Path) -> Snapshot:
    """Read a snapshot, a DHAT file, or a directory of DHAT files.

    In a directory the test id is the path below it, without `.json`.

    Raises:
        UsageError: There is nothing at `path`, or no DHAT file below it.
        InputError: A file is neither of these, or contradicts itself.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*.json") if file.is_file())
        if not files:
            raise UsageError("no DHAT file (*.json) in this directory", where=str(path))
        profiles = [
            TestedProfile(file.relative_to(path).with_suffix("").as_posix(), reader.read(file)) for file in files
        ]
        return take(profiles, Workspace({}, ()))
    if _is_dhat(path):
        return take([TestedProfile(SINGLE_PROFILE, reader.read(path))], Workspace({}, ()))
    return parse(_read(path), str(path))


def save(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a kill at any moment leaves the old file or the new one.

    Raises:
        ServiceError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                temporary.chmod(0o644)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        _sync_directory(path.parent)
    except OSError as error:
        raise ServiceError(
            f"cannot be written: {error.strerror or error}",
            where=str(path),
            remedy="check the path and its rights",
        ) from error


def _sync_directory(path: Path) -> None:
    """The rename itself must reach the disk before we say that it is saved."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_dhat(path: Path) -> bool:
    if not path.is_file():
        return True  # the reader has the words for what is no regular file
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFFED)
    except OSError:
        return True
    return b'"fingerprint"' not in head


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
