"""Snapshots as files: reading either side of a comparison, and the store that is one file of the repository."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leakgate import files
from leakgate.baselines.model import Ancestors, Base, Missing, Saving, Wanted
from leakgate.comparison.result import Side
from leakgate.dhat import reader
from leakgate.dhat.frames import Workspace
from leakgate.errors import InputError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump, parse
from leakgate.snapshot.take import TestedProfile, take

NO_WORKSPACE = Workspace({}, ())

SINGLE_PROFILE = "profile"
"""The test id of a DHAT file that is given alone: two such files are to be compared whatever their names are."""

_SNIFFED = 4096
"""Bytes in which a snapshot names its fingerprint: it stands before the tests."""


@dataclass(frozen=True, slots=True)
class FileStore:
    """One snapshot in a file that is kept in the repository: whatever is checked out brings its baseline along.

    Attributes:
        path: Where the file is.
        name: How the user calls it.
        checkout: The repository around it, for how far its commit lies back.
    """

    path: Path
    name: str
    checkout: Checkout

    def find(self, wanted: Wanted, ancestors: Ancestors) -> Base | Missing:
        """What is in the file, of whatever commit it is.

        Raises:
            InputError: It cannot be read, or is damaged.
        """
        del ancestors  # the file that is checked out is the one that is meant
        if not os.path.lexists(self.path):  # a link to nothing is there, and cannot be read
            return Missing(
                f"There is no baseline in {self.name} yet. Make it with `leakgate profile` and "
                "`leakgate baseline save`, and commit it.",
                wanted,
            )
        try:
            snapshot = load(self.path)
        except (InputError, UsageError) as error:
            raise InputError(
                f"the baseline cannot be used: {error.what}",
                where=error.where and error.where.replace(str(self.path), self.name),
                remedy=f"`git checkout -- {self.name}`, or make it again: `leakgate baseline save`",
            ) from error
        side = Side(
            commit=snapshot.commit,
            distance=self.checkout.behind_head(snapshot.commit),
            store="file",
            source=self.name,
            fingerprint=snapshot.fingerprint,
        )
        return Base(snapshot, side)

    def save(self, snapshot: Snapshot, saving: Saving) -> str:
        """Write the file, whole or not at all: the snapshot as it is. That it gets committed is the user's part.

        Raises:
            ServiceError: It cannot be written.
        """
        del saving  # a file has no room beside the snapshot
        files.save(self.path, dump(snapshot))
        return self.name


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
