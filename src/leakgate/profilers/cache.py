"""leakgate's own cache: what is costly to make and the same for every run with the same input.

It is never in the user's tree, and everything in it can be deleted at any time.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from leakgate.errors import ServiceError, UsageError


def directory(env: Mapping[str, str]) -> Path:
    """`$XDG_CACHE_HOME/leakgate`, else `~/.cache/leakgate`.

    Raises:
        UsageError: Neither variable is set to an absolute path.
    """
    for name, beneath in (("XDG_CACHE_HOME", "leakgate"), ("HOME", ".cache/leakgate")):
        root = env.get(name, "")
        if os.path.isabs(root):  # noqa: PTH117 - an environment variable is a string
            return Path(root) / beneath
    raise UsageError("there is no directory for leakgate's cache", remedy="set HOME or XDG_CACHE_HOME")


def made_once(place: Path, make: Callable[[Path], None]) -> Path:
    """A directory of the cache, made if it is not there. Of several runs at once the first one's stays.

    Args:
        place: The directory. Its name says all that its content depends on.
        make: Fills the new, empty directory that it gets.

    Raises:
        ServiceError: The cache cannot be written.
    """
    try:
        if not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=place.parent, ignore_cleanup_errors=True) as new:
                filled = Path(new) / place.name
                filled.mkdir()
                make(filled)
                try:
                    filled.rename(place)
                except OSError:
                    if not place.is_dir():
                        raise
    except OSError as error:
        raise ServiceError(
            f"leakgate's cache cannot be written: {error.strerror or error}",
            where=str(place.parent),
            remedy="set XDG_CACHE_HOME to a directory that can be written",
        ) from error
    return place


def touch(entry: Path) -> None:
    """Remember that it was used now, for `trim`."""
    with suppress(OSError):
        os.utime(entry)


def trim(folder: Path, limit: int) -> None:
    """Delete the directories of a folder that have been unused the longest, until the rest fit.

    Args:
        folder: Of the cache.
        limit: Bytes. The directory that was used last stays, however large it is.
    """
    with suppress(OSError):  # others trim at the same time, and an entry too many does no harm
        by_use = sorted(folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
        size = 0
        for number, entry in enumerate(by_use):
            size += sum(file.stat().st_size for file in entry.rglob("*"))
            if size > limit and number > 0:
                shutil.rmtree(entry)
