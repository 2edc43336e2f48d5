"""No store at all: the base commit is checked out beside the user's clone and measured in the same job.

That takes as long as a second run of the tests, and gives a baseline of the same machine and toolchain. The user's
clone is only read: the second working tree belongs to a repository of our own (`leakgate.git.replica`).

Getting the files may take the token, and measuring runs the commit's code: in a workflow these are two steps
(`Sources.check_out`, `measured`), and elsewhere `RebuildStore` does both.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from leakgate.baselines.model import Ancestors, Base, Missing, Saving, Wanted
from leakgate.comparison.result import Side
from leakgate.errors import LeakgateError, ServiceError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.git.command import Done, GitRunner
from leakgate.git.history import OpenScratch
from leakgate.git.replica import replicate
from leakgate.snapshot.model import Snapshot

_NOTHING: Mapping[str, str] = MappingProxyType({})
_CHECKOUT = MappingProxyType({"GIT_LFS_SKIP_SMUDGE": "1", "GIT_ALLOW_PROTOCOL": "none"})
"""Nothing but what is here already: a filter such as Git LFS's would go and fetch by itself."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the files of a commit come from.

    Attributes:
        checkout: The user's clone, which is only read.
        cwd: A directory in it.
        git_in: Makes a runner of git for a directory.
        open_scratch: Makes a repository to fetch into, for what the clone does not have; None without a remote.
    """

    checkout: Checkout
    cwd: Path
    git_in: Callable[[Path], GitRunner]
    open_scratch: OpenScratch | None

    def check_out(self, commit: str, path: Path) -> None:
        """Make a working tree of a commit: from the clone's objects, else from fetched ones.

        Submodules are left out, and files of Git LFS stay pointers, as `actions/checkout` does by default.

        Args:
            commit: Its full hash.
            path: Where; nothing may be there. It holds as long as the user's clone is there.

        Raises:
            UsageError: There is no repository.
            ServiceError: The commit is nowhere to be had, or cannot be written.
        """
        try:
            self._switch(self.checkout.run, self.cwd, path, commit)
        except ServiceError:
            if self.open_scratch is None:
                raise
        else:
            return
        shutil.rmtree(path, ignore_errors=True)
        with self.open_scratch() as scratch:
            scratch.fetch([commit], depth=1)

            def run(args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = _NOTHING) -> Done:
                return scratch.run(args, stdin=stdin, env={**scratch.variables, **env})

            self._switch(run, scratch.directory, path, commit)
            _keep_objects(scratch.directory / "objects", path / ".git/objects")

    def _switch(self, clone: GitRunner, cwd: Path, path: Path, commit: str) -> None:
        replicate(clone, cwd, path, self._offline).switch_to(commit)

    def _offline(self, path: Path) -> GitRunner:
        git = self.git_in(path)

        def run(args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = _NOTHING) -> Done:
            return git(args, stdin=stdin, env={**_CHECKOUT, **env})

        return run


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A working tree of the base commit.

    Attributes:
        root: Where the repository's files are.
        clone: Where they are in the user's clone.
    """

    root: Path
    clone: Path

    def at(self, path: Path) -> Path:
        """The place here of a place in the user's clone, such as the directory that the command was run in.

        Raises:
            UsageError: It is outside of the clone.
        """
        try:
            return self.root / path.resolve().relative_to(self.clone.resolve())
        except ValueError:
            raise UsageError("is outside of the repository", where=str(path)) from None


Measure = Callable[[Rebuilt], Snapshot]
"""Runs the tests of the working tree under the profiler. May raise any LeakgateError."""


def measured(wanted: Wanted, tree: Rebuilt, measure: Measure) -> Base | Missing:
    """Measure the wanted commit. That this fails, or one of its tests does, is a baseline that is missing."""
    try:
        snapshot = measure(tree)
    except LeakgateError as error:
        # Not below a directory that is another one each time: what is reported stays the same from run to run.
        where = f"{error.where}: ".replace(f"{tree.root}/", "") if error.where else ""
        return _not_measured(wanted, f"{where}{error.what}{_left_out(tree.root)}")
    if snapshot.failed:
        some = f"{len(snapshot.failed)} of its tests failed, such as {snapshot.failed[0]}"
        return _not_measured(wanted, f"{some}{_left_out(tree.root)}")
    if not snapshot.tests:
        return _not_measured(wanted, "it has no test")
    side = Side(
        commit=wanted.commit,
        requested=wanted.commit,
        distance=0,
        age_seconds=0,
        store="rebuild",
        fingerprint=snapshot.fingerprint,
    )
    return Base(snapshot, side)


@dataclass(frozen=True, slots=True)
class RebuildStore:
    """Finds a baseline by making it.

    Attributes:
        sources: Where the commit's files come from.
        measure: Profiles it.
        temporary: The directory to build in; None: the system's.
    """

    sources: Sources
    measure: Measure
    temporary: Path | None = None

    def find(self, wanted: Wanted, ancestors: Ancestors) -> Base | Missing:
        """Measure the wanted commit itself.

        Raises:
            ServiceError: No directory can be made to do it in.
        """
        del ancestors  # any commit can be measured, so that none has to stand in for it
        clone = self.sources.checkout.root()
        if wanted.commit is None or clone is None:
            why = wanted.why if clone else "there is no git repository here"
            return Missing(f"No commit could be measured as the baseline: {why}.", wanted)
        with _directory(self.temporary) as directory:
            try:
                self.sources.check_out(wanted.commit, directory / "base")
            except LeakgateError as error:
                return _not_measured(wanted, f"its files are not to be had: {error.what}")
            return measured(wanted, Rebuilt(directory / "base", clone), self.measure)

    def save(self, snapshot: Snapshot, saving: Saving) -> str:
        """Nothing is kept.

        Raises:
            UsageError: Always.
        """
        del snapshot, saving
        raise UsageError(
            "the store `rebuild` keeps no baseline: it measures the base commit each time",
            remedy="choose another with `baseline: {store: branch}` in leakgate.yml",
        )


def _keep_objects(lent: Path, own: Path) -> None:
    """Let a repository have the objects that it borrows, before the lender is gone."""
    try:
        shutil.copytree(lent, own, dirs_exist_ok=True)
        (own / "info/alternates").unlink()
    except OSError as error:
        raise ServiceError(f"cannot be written: {error.strerror or error}", where=str(own)) from error


@contextmanager
def _directory(parent: Path | None) -> Iterator[Path]:
    """A new directory that is gone afterwards, also after an exception and Ctrl-C."""
    try:
        made = tempfile.TemporaryDirectory(prefix="leakgate-base-", dir=parent, ignore_cleanup_errors=True)
    except OSError as error:
        raise ServiceError(
            f"no directory can be made to measure the base commit in: {error.strerror or error}",
            where=str(parent or tempfile.gettempdir()),
        ) from error
    with made as directory:
        yield Path(directory)


def _left_out(root: Path) -> str:
    """What the working tree lacks, which may be why it cannot be measured."""
    lacks = []
    if (root / ".gitmodules").is_file():
        lacks.append("its submodules are not checked out")
    if "filter=lfs" in _text(root / ".gitattributes"):
        lacks.append("its files of Git LFS are pointers")
    return f" ({', and '.join(lacks)})" if lacks else ""


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def _not_measured(wanted: Wanted, why: str) -> Missing:
    return Missing(f"The base commit {(wanted.commit or '')[:10]} could not be measured: {why}.", wanted)
