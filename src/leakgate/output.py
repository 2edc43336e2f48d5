"""What a run leaves on disk: `result.json`, `snapshot.json`, `comment.md` and the tests' profiles."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from leakgate import files
from leakgate.comparison.result import Result
from leakgate.comparison.stored import parse
from leakgate.errors import InputError, ServiceError, UsageError
from leakgate.profilers.suite import SuiteRun
from leakgate.reports import json, markdown
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump

_LONGEST_NAME = 200
"""Bytes of one path component; file systems take 255."""

_LONGEST_PATH = 1000
"""Bytes of the whole; systems take 1,024 (macOS) to 4,096 with what stands before it."""

_LARGEST_RESULT = 50 * 10**6
"""Bytes. A result has a line or two a test and the sites of those that grew; a thousand tests take a megabyte."""

_MARK = ".leakgate-profiles"
"""The file that says that a directory of profiles is ours to replace."""

_DIRECTORY_MODE = 0o755

_FULL = (errno.ENOSPC, errno.EDQUOT)
"""What any write of a run's may end in."""


@dataclass(frozen=True, slots=True)
class OutputDirectory:
    """The directory that `--output` names. Two runs may use it at once: the last one to finish wins, whole."""

    path: Path

    @property
    def result(self) -> Path:
        """The result, schema `result`."""
        return self.path / "result.json"

    @property
    def snapshot(self) -> Path:
        """The snapshot of this run, schema `snapshot`."""
        return self.path / "snapshot.json"

    @property
    def comment(self) -> Path:
        """The comment's Markdown."""
        return self.path / "comment.md"

    @property
    def profiles(self) -> Path:
        """The DHAT files of the last run, each at the path that is its test id."""
        return self.path / "profiles"

    @contextmanager
    def run_directory(self) -> Iterator[Path]:
        """A new directory for one run's raw files. It stays when a profile in it is damaged: nothing is lost."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            directory = Path(mkdtemp(prefix="run-", dir=self.path))
        except OSError as error:
            raise _cannot_be_written(error, self.path) from error
        try:
            yield directory
        except InputError as error:
            if not directory.exists():
                raise _was_removed(directory) from error
            error.remedy = (
                f"{error.remedy + '; ' if error.remedy else ''}all profiles of this run are in {directory}"
            )
            raise
        except BaseException as error:
            removed = not directory.exists()
            shutil.rmtree(directory, ignore_errors=True)
            if isinstance(error, OSError) and error.errno in _FULL:
                raise _cannot_be_written(error, self.path) from error
            if isinstance(error, FileNotFoundError) and removed:
                raise _was_removed(directory) from error
            raise
        shutil.rmtree(directory, ignore_errors=True)

    def keep(self, snapshot: Snapshot, result: Result) -> None:
        """Write the three files, each whole or not at all, and all of one run."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with _locked(self.path):
                files.save(self.snapshot, dump(snapshot))
                files.save(self.result, json.render(result).encode())
                files.save(self.comment, markdown.render(result).encode())
        except OSError as error:
            raise _cannot_be_written(error, self.path) from error

    def read_result(self) -> Result:
        """The result that an earlier `keep` left here.

        Raises:
            UsageError: There is none.
            InputError: It cannot be read, is too large, or is not what its schema says.
        """
        path = self.result
        if not os.path.lexists(path):
            raise UsageError("there is no result", where=str(path), remedy="make it first: `leakgate check`")
        data = files.load(path, _LARGEST_RESULT, "a result")
        return parse(data, str(path))


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep other runs of leakgate out of `directory`; the kernel opens it again when we are killed."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks: then the files may be of two runs
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_replaceable(directory: Path) -> None:
    """Make sure, before a long run, that `keep_profiles` will not have to delete what is not leakgate's.

    Raises:
        UsageError: There is something else at `directory`.
    """
    try:
        if not os.path.exists(directory):  # noqa: PTH110 - pathlib raises for a name that is too long
            return
        ours = directory.is_dir() and ((directory / _MARK).exists() or not any(directory.iterdir()))
    except OSError as error:
        raise _cannot_be_written(error, directory) from error
    if not ours:
        raise UsageError(
            "the profiles would go here, and there is something that is not leakgate's",
            where=str(directory),
            remedy="remove it, or name another directory",
        )


def keep_profiles(run: SuiteRun, directory: Path) -> None:
    """Move the run's profiles to `directory`, each to the path that is its test id, in place of an earlier run's.

    Of a test that ran several times the last profile is kept.

    Raises:
        UsageError: There is something else at `directory`.
        ServiceError: It cannot be written.
    """
    check_replaceable(directory)
    directory = Path(os.path.realpath(directory))
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(mkdtemp(prefix=".profiles-", dir=directory.parent))
        try:
            (staged / _MARK).write_text("leakgate replaces this directory at its next run.\n")
            last_runs = {profile.test: profile for profile in run.profiles}
            for number, profile in enumerate(last_runs.values()):
                shutil.move(profile.path, _room_for(profile.test, number, staged))
            staged.chmod(_DIRECTORY_MODE)
            with _locked(directory.parent):  # of two runs at once the last one wins, whole
                shutil.rmtree(directory, ignore_errors=True)
                staged.replace(directory)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise _cannot_be_written(error, directory) from error


def _room_for(test: str, number: int, staged: Path) -> Path:
    """The path that is the test id, or one with the test's number where that is no path in here or is taken."""
    path = _path_of(test)
    if path is not None:
        target = staged / path
        with suppress(FileExistsError, NotADirectoryError):  # `a.json/b`, where `a` has a file already
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                return target
    name = str(number)
    while (staged / f"{name}.json").exists():
        name += "-"
    return staged / f"{name}.json"


def _cannot_be_written(error: OSError, path: Path) -> ServiceError:
    in_the_way = isinstance(error, FileExistsError)
    return ServiceError(
        f"cannot be written: {'a file is in the way' if in_the_way else error.strerror or error}",
        where=str(path),
        remedy="name another directory with --output",
    )


def _was_removed(directory: Path) -> ServiceError:
    return ServiceError(
        "was removed while the tests ran",
        where=str(directory),
        remedy="does one of them clean the target directory? name another directory with --output",
    )


def _path_of(test: str) -> PurePosixPath | None:
    """The path that is the test id; None for an id that is no path inside a directory."""
    path = PurePosixPath(f"{test}.json")
    inside = not path.is_absolute() and ".." not in path.parts and "\0" not in test and str(path) == f"{test}.json"
    fits = len(test.encode()) <= _LONGEST_PATH and all(len(part.encode()) <= _LONGEST_NAME for part in path.parts)
    return path if inside and fits else None
