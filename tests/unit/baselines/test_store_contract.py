"""What holds for every store: one test for all of them, each in a clone of a repository with four commits."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from factories import snapshot
from github_server.server import serve
from github_server.state import Artifact as Uploaded
from github_server.state import WorkflowRun
from leakgate.baselines.artifact import ArtifactStore
from leakgate.baselines.branch import BranchStore
from leakgate.baselines.file import FileStore
from leakgate.baselines.model import Base, Missing, Past, Saving, Store, Wanted
from leakgate.baselines.rebuild import RebuildStore, Rebuilt, Sources
from leakgate.comparison.result import Side
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError, UsageError
from leakgate.git.command import runner
from leakgate.github.client import connect
from leakgate.snapshot.model import Snapshot
from repositories import ENV, Repository, clone, make

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""When the commit 4 is saved, and the others each a minute before."""

FILE = ".leakgate/baseline.json"
BRANCH = "leakgate-baselines"


def measured(number: int, commit: str) -> Snapshot:
    """The snapshot of a commit."""
    return snapshot(f"s3 put: gmax={number} end=0", commit=commit)


class Adapter(ABC):
    """A store, and what is particular about it. Commits are known by their numbers, 1 to 4."""

    def __init__(self, repository: Repository, commits: Sequence[str]) -> None:
        self.repository = repository
        self.commits = commits
        self.kept: list[int] = []

    @abstractmethod
    def open(self) -> AbstractContextManager[Store]:
        """The store, made anew each time as another job would."""

    @abstractmethod
    def stands_in(self, asked: int) -> int | None:
        """The commit whose snapshot is found where this one is asked for."""

    @abstractmethod
    def side(self, used: int, asked: int) -> Side:
        """What is said of it."""

    @abstractmethod
    def damage(self, number: int) -> None:
        """Cut off the snapshot of a commit."""

    def past(self, used: int) -> Past:
        """Earlier values."""
        del used
        return {}

    def keep(self, number: int) -> None:
        """Save what was measured at a commit."""
        commit = self.commits[number - 1]
        self.save(measured(number, commit), time_of(number))
        self.kept.append(number)

    def save(self, snapshot: Snapshot, time: datetime) -> None:
        assert snapshot.commit is not None
        with self.open() as store:
            assert store.save(snapshot, Saving(snapshot.commit, "main", time))

    def find(self, asked: int | None) -> Base | Missing:
        if asked is None:
            return self._find(Wanted(None, "main", "no commit is checked out here"))
        return self._find(Wanted(self.commits[asked - 1], "main", "the parent of the pushed commit"))

    def expected(self, asked: int) -> Base | None:
        """What should be found."""
        used = self.stands_in(asked)
        if used is None:
            return None
        return Base(measured(used, self.commits[used - 1]), self.side(used, asked), self.past(used))

    def _find(self, wanted: Wanted) -> Base | Missing:
        with self.open() as store, self.repository.history() as history:
            return store.find(wanted, partial(history.ancestors, wanted.commit or ""))


def time_of(number: int) -> datetime:
    return NOW - timedelta(minutes=4 - number)


class File(Adapter):
    """Has one snapshot, which is the one that is meant whatever is asked for."""

    def open(self) -> AbstractContextManager[Store]:
        return nullcontext(FileStore(self.repository.path / FILE, FILE, self.repository.checkout))

    def stands_in(self, asked: int) -> int | None:
        del asked
        return self.kept[-1] if self.kept else None

    def side(self, used: int, asked: int) -> Side:
        del asked  # the distance is from what is checked out, as far as a shallow clone knows
        return Side(
            commit=self.commits[used - 1],
            distance=0 if used == 4 else None,
            store="file",
            source=FILE,
            fingerprint=snapshot().fingerprint,
        )

    def damage(self, number: int) -> None:
        del number
        path = self.repository.path / FILE
        path.write_bytes(path.read_bytes()[:-9])


class Rebuild(Adapter):
    """Keeps nothing: what a commit's own files say is measured."""

    def open(self) -> AbstractContextManager[Store]:
        here = self.repository
        sources = Sources(here.checkout, here.path, partial(runner, env=ENV), here.scratch)
        return nullcontext(RebuildStore(sources, self._measure))

    def keep(self, number: int) -> None:
        with pytest.raises(UsageError, match="keeps no baseline"):
            super().keep(number)

    def stands_in(self, asked: int) -> int | None:
        return asked

    def side(self, used: int, asked: int) -> Side:
        return Side(
            commit=self.commits[used - 1],
            requested=self.commits[asked - 1],
            distance=0,
            age_seconds=0,
            store="rebuild",
            fingerprint=snapshot().fingerprint,
        )

    def damage(self, number: int) -> None:
        pytest.fail(f"nothing is kept of {number} that could be damaged")

    @staticmethod
    def _measure(tree: Rebuilt) -> Snapshot:
        return measured(int((tree.root / "number.txt").read_text()), Repository(tree.root).head)


class Branch(Adapter):
    """Has the snapshots of many commits, and their values."""

    @contextmanager
    def open(self) -> Iterator[Store]:
        with self.repository.scratch() as scratch:
            yield BranchStore(scratch, "memory", BRANCH, keep=200, now=lambda: NOW, note=pytest.fail)

    def stands_in(self, asked: int) -> int | None:
        return max((number for number in self.kept if number <= asked), default=None)

    def side(self, used: int, asked: int) -> Side:
        return Side(
            commit=self.commits[used - 1],
            requested=self.commits[asked - 1],
            distance=asked - used,
            age_seconds=int((NOW - time_of(used)).total_seconds()),
            store="branch",
            source=f"branch {BRANCH}",
            fingerprint=snapshot().fingerprint,
        )

    def past(self, used: int) -> Past:
        kept = tuple(number for number in sorted(self.kept) if number <= used)
        return {"s3 put": {Metric.T_GMAX_BYTES: kept, Metric.T_END_BYTES: (0,) * len(kept)}}

    def damage(self, number: int) -> None:
        commit = self.commits[number - 1]
        origin = Repository(Path(self.repository.git("remote", "get-url", "origin").removeprefix("file://")))
        origin.git("worktree", "add", "--quiet", "../branch", BRANCH)
        branch = Repository(origin.path.parent / "branch")
        [name] = [path for path in branch.git("ls-files").splitlines() if commit in path]
        branch.commit(**{name: (branch.path / name).read_text()[:-9]})


class Artifact(Adapter):
    """Has what the workflow's runs have left; a later step uploads what is saved."""

    def __init__(self, repository: Repository, commits: Sequence[str]) -> None:
        super().__init__(repository, commits)
        self._runs: list[WorkflowRun] = []
        self._uploaded: list[Uploaded] = []

    @contextmanager
    def open(self) -> Iterator[Store]:
        with serve() as github, connect(github.url, "ghs_workflow") as client:
            github.runs, github.artifacts = self._runs, self._uploaded
            yield ArtifactStore(
                client, github.repository, "memory", workflow="ci.yml", now=NOW, outbox=self._outbox
            )

    def save(self, snapshot: Snapshot, time: datetime) -> None:
        super().save(snapshot, time)
        assert snapshot.commit is not None
        [file] = self._outbox.iterdir()
        run = len(self._runs) + 1
        self._runs.append(WorkflowRun(run, snapshot.commit, created_at=time.isoformat()))
        zipped = BytesIO()
        with ZipFile(zipped, "w") as archive:
            archive.write(file, file.name)
        self._uploaded.append(Uploaded(run, run, "leakgate-baseline-memory", zipped.getvalue()))

    def stands_in(self, asked: int) -> int | None:
        return max((number for number in self.kept if number <= asked), default=None)

    def side(self, used: int, asked: int) -> Side:
        return Side(
            commit=self.commits[used - 1],
            requested=self.commits[asked - 1],
            distance=asked - used,
            age_seconds=int((NOW - time_of(used)).total_seconds()),
            store="artifact",
            source=f"leakgate-baseline-memory of run {self.kept.index(used) + 1}",
            fingerprint=snapshot().fingerprint,
        )

    def damage(self, number: int) -> None:
        place = self.kept.index(number)
        self._uploaded[place] = replace(self._uploaded[place], content=self._uploaded[place].content[:-9])

    @property
    def _outbox(self) -> Path:
        return self.repository.path.parent / "outbox"


ADAPTERS = [File, Rebuild, Branch, Artifact]
KEEPING = [File, Branch, Artifact]


def adapted(kind: type[Adapter], tmp_path: Path) -> Adapter:
    origin = make(tmp_path / "origin")
    commits = [origin.commit(**{"number.txt": str(number)}) for number in (1, 2, 3, 4)]
    return kind(clone(origin, tmp_path / "clone", "--depth=1"), commits)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_what_was_saved_is_found_for_its_commit(kind: type[Adapter], tmp_path: Path) -> None:
    adapter = adapted(kind, tmp_path)
    adapter.keep(2)

    assert adapter.find(2) == adapter.expected(2)


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize("asked", [1, 2, 3, 4])
def test_where_a_commit_has_none_the_nearest_before_it_stands_in_and_never_a_later_one(
    kind: type[Adapter], tmp_path: Path, asked: int
) -> None:
    adapter = adapted(kind, tmp_path)
    adapter.keep(2)
    adapter.keep(3)

    found, expected = adapter.find(asked), adapter.expected(asked)

    if expected is None:
        assert isinstance(found, Missing)
    else:
        assert found == expected


@pytest.mark.parametrize("kind", KEEPING)
def test_a_commit_that_is_measured_again_has_its_last_snapshot(kind: type[Adapter], tmp_path: Path) -> None:
    adapter = adapted(kind, tmp_path)
    adapter.keep(4)
    commit = adapter.commits[3]
    adapter.save(measured(99, commit), NOW)

    found = adapter.find(4)

    assert isinstance(found, Base)
    assert found.snapshot == measured(99, commit)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_asking_twice_gives_the_same(kind: type[Adapter], tmp_path: Path) -> None:
    adapter = adapted(kind, tmp_path)
    adapter.keep(3)

    assert adapter.find(4) == adapter.find(4) == adapter.expected(4)


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize("asked", [None, 5], ids=["no commit", "a commit that is nowhere"])
def test_where_there_is_nothing_it_is_missing_with_a_reason_and_no_error(
    kind: type[Adapter], tmp_path: Path, asked: int | None
) -> None:
    adapter = adapted(kind, tmp_path)
    adapter.commits = [*adapter.commits, "f" * 40]

    found = adapter.find(asked)

    assert isinstance(found, Missing)
    assert found.wanted.commit == (None if asked is None else "f" * 40)
    assert found.reason.endswith(".")
    assert "\n" not in found.reason


@pytest.mark.parametrize("kind", KEEPING)
def test_a_damaged_baseline_is_an_error_that_says_where(kind: type[Adapter], tmp_path: Path) -> None:
    adapter = adapted(kind, tmp_path)
    adapter.keep(4)
    adapter.damage(4)

    with pytest.raises(InputError) as caught:
        adapter.find(4)
    assert caught.value.where
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ADAPTERS)
def test_the_clone_stays_as_it_is(kind: type[Adapter], tmp_path: Path) -> None:
    adapter = adapted(kind, tmp_path)
    adapter.keep(3)
    before = adapter.repository.bytes()

    adapter.find(2)
    adapter.find(4)

    assert adapter.repository.bytes() == before
