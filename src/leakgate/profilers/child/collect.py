"""The DHAT files that a test wrote: find them, and take them out of the user's tree.

Imported by the runner at every start of a test binary: little of the standard library, on purpose.
"""

import os

_SAVED = b"dhat: The data has been saved to "
_SAVED_END = b", and is viewable with dhat/dh_view.html"
_HEAD = 4096  # bytes in which a DHAT file names its version; all writers put it first or nearly so

Stamp = tuple[int, int, int]
"""Modification time in ns, size, inode: differs whenever a file was written anew."""


def announced(output: bytes) -> list[str]:
    """The paths that dhat said it saved to, in the order written."""
    paths = []
    for part in output.split(_SAVED)[1:]:
        path, found, _ = part.partition(_SAVED_END)
        if found and b"\n" not in path:
            paths.append(os.fsdecode(path))
    return paths


class Collector:
    """Watches the working directory of one test binary.

    A file that a test wrote *in the working directory* is moved away; where a file of the user stood under that
    name, its content is put back. A file elsewhere is copied: whether it replaced one cannot be known.
    """

    def __init__(self, working_directory: str, store: str) -> None:
        """Remember the profiles that are there already.

        Args:
            working_directory: Where the tests run.
            store: An existing directory of the run's own, for this binary alone.
        """
        self._cwd = working_directory
        self._store = store
        self._count = 0
        self._taken: dict[str, Stamp] = {}
        self._before: dict[str, Stamp] = {}
        self._users: dict[str, str] = {}
        for path, stamp in self._candidates():
            self._before[path] = stamp
            if _is_dhat(path):
                self._users[path] = self.new_path(".kept")
                _copy(path, self._users[path])

    def new_path(self, suffix: str = ".json") -> str:
        """A path in the store that was not given out before."""
        self._count += 1
        return f"{self._store}/{self._count:05}{suffix}"

    def take(self, path: str, not_before: float) -> str | None:
        """Take the DHAT file that a test announced.

        Args:
            path: As the test wrote it, relative to the working directory.
            not_before: The time the test started, in seconds since the epoch; an older file is not the test's,
                whatever it printed.

        Returns:
            Where the file is now, or None if there is no new DHAT file at this path.
        """
        path = os.path.normpath(os.path.join(self._cwd, path))  # noqa: PTH118 - pathlib costs start-up time
        stamp = _stamp(path)
        coarse = 2  # seconds: the coarsest clock of a common file system
        if stamp is None or stamp == self._taken.get(path) or stamp == self._before.get(path):
            return None
        if stamp[0] < (not_before - coarse) * 1e9 or not _is_dhat(path):
            return None
        return self._store_file(path, stamp)

    def sweep(self) -> list[tuple[str, str]]:
        """Take every new or changed DHAT file of the working directory, oldest first.

        Returns:
            Pairs of the path it had and the path it has.
        """
        found = [
            (stamp, path)
            for path, stamp in self._candidates()
            if stamp != self._before.get(path) and _is_dhat(path)
        ]
        return [(path, self._store_file(path, stamp)) for stamp, path in sorted(found)]

    def _candidates(self) -> list[tuple[str, Stamp]]:
        try:
            with os.scandir(self._cwd) as entries:
                names = [entry.name for entry in entries if entry.name.endswith(".json")]
        except OSError:  # a test removed the directory it runs in
            return []
        stamped = ((path, _stamp(path)) for path in (f"{self._cwd}/{name}" for name in names))
        return [(path, stamp) for path, stamp in stamped if stamp is not None]

    def _store_file(self, path: str, stamp: Stamp) -> str:
        stored = self.new_path()
        _copy(path, stored)
        if os.path.dirname(path) != self._cwd:  # noqa: PTH120 - pathlib costs start-up time
            self._taken[path] = stamp
        elif path in self._users:
            self._put_back(path)
        else:
            os.unlink(path)  # noqa: PTH108 - pathlib costs start-up time
        return stored

    def _put_back(self, path: str) -> None:
        """Give the user's earlier file its place again, in one step."""
        beside = f"{path}.leakgate"
        _copy(self._users[path], beside)
        modified = self._before[path][0]
        os.utime(beside, ns=(modified, modified))
        os.replace(beside, path)  # noqa: PTH105 - pathlib costs start-up time
        stamp = _stamp(path)
        if stamp is not None:
            self._before[path] = stamp


def _stamp(path: str) -> Stamp | None:
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    regular = 0o100000
    if status.st_mode & 0o170000 != regular:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _is_dhat(path: str) -> bool:
    """Whether a file is a DHAT profile, or the start of one: dhat creates the file before it writes."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
            head = file.read(_HEAD)
    except OSError:
        return False
    if not head:
        return os.path.basename(path).startswith("dhat")  # noqa: PTH119 - as above
    return head.lstrip().startswith(b"{") and b'"dhatFileVersion"' in head


def _copy(source: str, target: str) -> None:
    with open(source, "rb") as reader, open(target, "wb") as writer:  # noqa: PTH123 - as above
        while chunk := reader.read(1 << 20):
            writer.write(chunk)
