"""Writing files so that a kill loses nothing, and reading them without a surprise."""

import errno
import os
import secrets
import stat
from pathlib import Path

from leakgate.errors import InputError, ServiceError


def load(path: Path, most: int, what: str) -> bytes:
    """Read a file that is there.

    Args:
        path: Where it is.
        most: Bytes that it may have.
        what: What it should be, for the message: `a result`.

    Raises:
        InputError: It cannot be read, is too large, or is no regular file, which might never end.
    """
    try:
        if not path.is_file():
            raise InputError("is not a regular file", where=str(path))
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    if len(data) > most:
        raise InputError(f"is longer than {most:,} bytes, the most of {what}", where=str(path))
    return data


def save(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a kill at any moment leaves the old file or the new one.

    Killed in the middle, it leaves its `.leakgate-*.tmp` beside the file; nothing ever reads that. A symbolic
    link stays one, the file it leads to is replaced. A new file's mode is the umask's, an old file's mode stays.
    What is no file (`/dev/stdout`, a pipe) is written to as it is.

    Raises:
        ServiceError: The file cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except (OSError, ValueError) as error:
        raise ServiceError(
            f"cannot be written: {(isinstance(error, OSError) and error.strerror) or error}",
            where=str(path),
            remedy="check the path and its rights",
        ) from error


def _replace(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # a file stands where a directory should
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    temporary = path.with_name(f".leakgate-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    """The rename itself must reach the disk before we say that it is saved."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
