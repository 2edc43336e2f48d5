"""What a run leaves on disk: `result.json`, `snapshot.json`, `comment.md` and the tests' profiles."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from leakgate.baselines import file as baseline_file
from leakgate.comparison.result import Result
from leakgate.errors import InputError, ServiceError
from leakgate.profilers.suite import SuiteRun
from leakgate.reports import json, markdown
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump

_LONGEST_NAME = 200
"""Bytes of one path component; file systems take 255."""


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
            raise ServiceError(
                f"cannot be written: {error.strerror or error}",
                where=str(self.path),
                remedy="name another directory with --output",
            ) from error
        try:
            yield directory
        except InputError as error:
            error.remedy = (
                f"{error.remedy + '; ' if error.remedy else ''}all profiles of this run are in {directory}"
            )
            raise
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        shutil.rmtree(directory, ignore_errors=True)

    def keep_profiles(self, run: SuiteRun, directory: Path) -> None:
        """Move the run's profiles to `directory`, for `leakgate compare` and dhat's viewer."""
        staged = Path(mkdtemp(prefix="profiles-", dir=self.path))
        for number, profile in enumerate(run.profiles):
            target = staged / _path_of(profile.test, number)
            target.parent.mkdir(parents=True, exist_ok=True)
            profile.path.replace(target)
        directory.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self.path):  # another run may be putting its own there
            shutil.rmtree(directory, ignore_errors=True)
            staged.replace(directory)

    def keep(self, snapshot: Snapshot, result: Result) -> None:
        """Write the three files, each whole or not at all, and all of one run."""
        with _locked(self.path):
            baseline_file.save(self.snapshot, dump(snapshot))
            baseline_file.save(self.result, json.render(result).encode())
            baseline_file.save(self.comment, markdown.render(result).encode())


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep other runs of leakgate out of `directory`; the kernel opens it again when we are killed."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _path_of(test: str, number: int) -> PurePosixPath:
    """The path that is the test id; a number for an id that is no path inside the directory."""
    path = PurePosixPath(f"{test}.json")
    parts_fit = all(len(part.encode()) <= _LONGEST_NAME for part in path.parts)
    if path.is_absolute() or ".." in path.parts or "\0" in test or not parts_fit or str(path) != f"{test}.json":
        return PurePosixPath(f"{number}.json")
    return path
