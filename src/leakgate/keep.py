"""Baselines kept by hand: saved, looked at, listed and pruned."""

import re
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from leakgate.baselines import file as baseline_file
from leakgate.baselines.artifact import ArtifactStore
from leakgate.baselines.model import Base, Missing, Saving
from leakgate.baselines.pruning import Pruned
from leakgate.baselines.trusted import may_save
from leakgate.config import Config, StoreName
from leakgate.edges import Edges
from leakgate.errors import UsageError
from leakgate.github.context import ActionsContext
from leakgate.reports.kept import Kept
from leakgate.reports.words import plural
from leakgate.search import open_branch, open_store, search, store_name
from leakgate.snapshot.model import Snapshot


class NotAllowedError(UsageError):
    """This run may not save a baseline, which in a workflow is nothing unusual."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A baseline that was saved.

    Attributes:
        where: In words.
        commit: The one that was measured; None in a file, where it need not be known.
        tests: How many it holds.
        artifact: What a later step must call what is in the outbox, for the store that is artifacts.
    """

    where: str
    commit: str | None
    tests: int
    artifact: str | None = None


def save(  # noqa: PLR0913 - what the user says of the snapshot comes in as arguments
    path: Path,
    config: Config,
    edges: Edges,
    *,
    commit: str | None = None,
    branch: str | None = None,
    outbox: Path | None = None,
) -> Saved:
    """Make a snapshot the baseline, if this run may.

    Args:
        path: The snapshot.
        config: Which store it goes to.
        edges: The world.
        commit: The commit it was measured at, where it does not say so itself.
        branch: The branch of that commit; None: the one that the run is about, or that is checked out.
        outbox: Where a later step of the job finds what it is to upload.

    Raises:
        NotAllowedError: This run may not save one.
        UsageError: There is no snapshot, nothing in it, or tests failed when it was made; `commit` is no hash, or
            another one; files were changed since that commit.
        InputError: It is damaged.
        ServiceError: It cannot be written.
    """
    is_file = store_name(config, edges) is StoreName.FILE
    if edges.context is not None and not is_file:
        _allow(config, edges.context, edges.context.sha)  # before anything is read
    snapshot = _loaded(path, commit, edges)
    if not is_file:
        branch = _placed(path, snapshot, config, branch, edges)
    with open_store(config, edges, outbox) as store:
        # A file notes nothing beside the snapshot; the others have both.
        where = store.save(snapshot, Saving(snapshot.commit or "", branch or "", edges.now))
        artifact = store.name if isinstance(store, ArtifactStore) else None
    return Saved(where, snapshot.commit, len(snapshot.tests), artifact)


def _allow(config: Config, context: ActionsContext, commit: str | None) -> None:
    if why_not := may_save(context, config.baseline.branches, commit):
        raise NotAllowedError(f"no baseline is saved, as {why_not}", remedy="docs/baselines.md says who may")


def _placed(path: Path, snapshot: Snapshot, config: Config, branch: str | None, edges: Edges) -> str:
    """The branch that the snapshot's commit is on, if it may be saved as the baseline of that commit."""
    if snapshot.commit is None:
        raise UsageError("the snapshot does not say which commit it is of", where=str(path), remedy="--commit SHA")
    if edges.context is not None:
        # Files that a build changes there, such as Cargo.lock, it changes in each run.
        _allow(config, edges.context, snapshot.commit)
    elif snapshot.commit == edges.git.head() and edges.git.is_changed():
        raise UsageError(
            f"files that git tracks are changed here, so what was measured may not be {snapshot.commit[:12]}",
            where=str(path),
            remedy="commit or stash the changes (`git status` lists them), and measure again",
        )
    branch = branch or (edges.context.branch if edges.context else edges.git.branch())
    if branch is None:
        raise UsageError("no branch is checked out here", remedy="say which one the commit is on: --branch main")
    return branch


def _loaded(path: Path, commit: str | None, edges: Edges) -> Snapshot:
    if commit is not None and not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", commit):
        raise UsageError(
            f"`{commit}` is not the full hash of a commit", where="--commit", remedy="git rev-parse HEAD"
        )
    snapshot = baseline_file.load(edges.cwd / path)
    if not snapshot.tests:
        raise UsageError("no test was measured in this snapshot: it would let everything pass", where=str(path))
    if snapshot.shard is not None:
        raise UsageError(
            f"this is shard {snapshot.shard.number} of {snapshot.shard.of}, and a baseline is of the whole suite",
            where=str(path),
            remedy="join the parts with `leakgate check --head DIR`, and save the snapshot that it leaves",
        )
    if snapshot.failed:
        raise UsageError(
            f"{plural(len(snapshot.failed), 'test')} failed in this run, so it is no baseline",
            where=str(path),
            remedy="mend the tests and profile them again",
        )
    if commit is not None and snapshot.commit not in {None, commit}:
        raise UsageError(
            f"this was measured at the commit {snapshot.commit}, and not at {commit}",
            where=str(path),
            remedy="leave out --commit, or check out that commit and measure it",
        )
    return snapshot if commit is None else structs.replace(snapshot, commit=commit)


def show(config: Config, edges: Edges) -> Base:
    """The baseline that a head would be compared with.

    Raises:
        UsageError: There is none.
        InputError: It is damaged.
        ServiceError: The store cannot be read.
    """
    _, found = search(config, edges, None)
    if isinstance(found, Missing):
        raise UsageError("there is no baseline for this checkout", remedy=found.reason)
    return found


def listed(config: Config, edges: Edges) -> tuple[Kept, ...]:
    """The snapshots that the branch has, newest first: of this job; where nobody said which, of every job.

    Raises:
        UsageError: The project keeps its baselines elsewhere, or other jobs have saved any and this one has not.
        InputError: The branch is damaged, or not leakgate's.
        ServiceError: It cannot be read.
    """
    with open_branch(config, edges) as store:
        indexes = store.histories()
    kept = (
        Kept(key=index.key, commit=save.commit, branch=save.branch, time=save.time, bytes=save.bytes)
        for index in indexes
        for save in index.kept
    )
    return tuple(sorted(kept, key=lambda one: one.time, reverse=True))


def prune(config: Config, keep: int | None, edges: Edges) -> Pruned:
    """Take older snapshots off the branch.

    Args:
        config: Which branch it is.
        keep: How many of each job stay; None: what the config says.
        edges: The world.

    Raises:
        NotAllowedError: A run in which no baseline may be saved takes none away either.
        UsageError: The project keeps its baselines elsewhere.
        InputError: The branch is damaged, or not leakgate's.
        ServiceError: It cannot be done; the branch is as it was.
    """
    context = edges.context
    if context is not None and (why_not := may_save(context, config.baseline.branches, context.sha)):
        raise NotAllowedError(
            f"a run that may not save a baseline prunes none: {why_not}", remedy="docs/baselines.md says who may"
        )
    with open_branch(config, edges) as store:
        return store.prune(config.baseline.keep if keep is None else keep)
