"""Baselines kept by hand: saved, looked at, listed and pruned."""

import re
from pathlib import Path

from msgspec import structs

from leakgate import files
from leakgate.baselines import file as baseline_file
from leakgate.baselines.branch import Pruned
from leakgate.baselines.model import Base, Missing, Saving
from leakgate.baselines.trusted import may_save
from leakgate.config import Config, StoreName
from leakgate.edges import Edges
from leakgate.errors import UsageError
from leakgate.reports.kept import Kept
from leakgate.reports.words import plural
from leakgate.search import open_branch, open_store, search, store_name
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump


def save(path: Path, config: Config, commit: str | None, branch: str | None, edges: Edges) -> tuple[str, int]:
    """Make a snapshot the baseline.

    Args:
        path: The snapshot.
        config: Which store it goes to.
        commit: The commit it was measured at; None: as recorded in it.
        branch: The branch of that commit; None: the one that is checked out.
        edges: The world.

    Returns:
        Where it is now, and how many tests it holds.

    Raises:
        UsageError: There is no snapshot, nothing in it, or tests failed when it was made; `commit` is no hash;
            this run may not save one.
        InputError: It is damaged.
        ServiceError: It cannot be written.
    """
    snapshot = _loaded(path, commit, edges)
    if store_name(config, edges) is StoreName.FILE:
        files.save(edges.root / config.baseline.path, dump(snapshot))
        return config.baseline.path, len(snapshot.tests)
    if snapshot.commit is None:
        raise UsageError("the snapshot does not say which commit it is of", where=str(path), remedy="--commit SHA")
    context = edges.context
    why_not = context and may_save(context, config.baseline.branches, snapshot.commit)
    if why_not:
        raise UsageError(f"no baseline is saved here, as {why_not}", remedy="docs/baselines.md says who may")
    branch = branch or (context.branch if context else edges.git.branch())
    if branch is None:
        raise UsageError("no branch is checked out here", remedy="say which one the commit is on: --branch main")
    with open_store(config, edges) as store:
        where = store.save(snapshot, Saving(snapshot.commit, branch, edges.now))
    return where, len(snapshot.tests)


def _loaded(path: Path, commit: str | None, edges: Edges) -> Snapshot:
    if commit is not None and not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", commit):
        raise UsageError(
            f"`{commit}` is not the full hash of a commit", where="--commit", remedy="git rev-parse HEAD"
        )
    snapshot = baseline_file.load(edges.cwd / path)
    if not snapshot.tests:
        raise UsageError("no test was measured in this snapshot: it would let everything pass", where=str(path))
    if snapshot.failed:
        raise UsageError(
            f"{plural(len(snapshot.failed), 'test')} failed in this run, so it is no baseline",
            where=str(path),
            remedy="mend the tests and profile them again",
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
        UsageError: The project keeps its baselines elsewhere.
        InputError: The branch is damaged, or not leakgate's.
        ServiceError: It cannot be done; the branch is as it was.
    """
    with open_branch(config, edges) as store:
        return store.prune(config.baseline.keep if keep is None else keep)
