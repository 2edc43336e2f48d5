"""Where the baseline comes from: the store that the project uses, opened, and asked for the right commit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from leakgate.baselines import ancestry
from leakgate.baselines.artifact import ArtifactStore, workflow_file
from leakgate.baselines.branch import BranchStore
from leakgate.baselines.file import FileStore
from leakgate.baselines.find import find
from leakgate.baselines.index import PAST
from leakgate.baselines.model import Base, Missing, Store, Wanted
from leakgate.baselines.rebuild import Measure, RebuildStore, Sources
from leakgate.config import Config, Fallback, StoreName
from leakgate.edges import LOCAL, Edges
from leakgate.errors import ServiceError, UsageError
from leakgate.git.command import GitRunner, runner
from leakgate.git.credentials import Remote, Token, local_settings, remote
from leakgate.git.history import OpenScratch, history
from leakgate.git.scratch import Scratch, scratch

_MINUTES = 600
"""Seconds for a checkout."""


def store_name(config: Config, edges: Edges) -> StoreName:
    """The kind of store: as configured, else a committed file, else in GitHub Actions the branch."""
    if config.baseline.store is not None:
        return config.baseline.store
    committed = (edges.root / config.baseline.path).exists()
    return StoreName.FILE if committed or edges.context is None else StoreName.BRANCH


def search(config: Config, edges: Edges, measure: Measure | None) -> tuple[Wanted, Base | Missing]:
    """The commit that the head should be compared with, and what there is for it.

    Args:
        config: Which store it is, and what stands in for it.
        edges: The world.
        measure: Measures a commit that is rebuilt; None where that is to be done later.

    Raises:
        InputError: There is a baseline, and it is damaged.
        ServiceError: The store or the remote cannot be read.
    """
    name, rebuilds = store_name(config, edges), config.baseline.fallback is Fallback.REBUILD
    if name is StoreName.FILE:
        wanted = Wanted(None, None, "the baseline that is committed")
        with open_store(config, edges) as store:
            committed = find(store, wanted, tuple)
        if isinstance(committed, Base) or not rebuilds:
            return wanted, committed
    with history(edges.git, _opener(edges)) as commits:
        wanted = ancestry.wanted(edges.context, commits, edges.git.head(), config.baseline.branches)
        ancestors = partial(commits.ancestors, wanted.commit) if wanted.commit else tuple
        rebuild = None if measure is None else RebuildStore(sources(edges), measure)
        if name is StoreName.REBUILD:
            return wanted, _later(wanted) if rebuild is None else rebuild.find(wanted, ancestors)
        with open_store(config, edges) as store:
            return wanted, find(store, wanted, ancestors, rebuild if rebuilds else None)


def _later(wanted: Wanted) -> Missing:
    if wanted.commit is None:
        return Missing(f"No commit could be measured as the baseline: {wanted.why}.", wanted)
    return Missing("The store `rebuild` keeps nothing: `leakgate check` measures the base commit itself.", wanted)


def sources(edges: Edges) -> Sources:
    """Where the files of another commit come from."""

    def git_in(directory: Path) -> GitRunner:
        return runner(directory, edges.env, _MINUTES)

    return Sources(edges.git, edges.cwd, git_in, _opener(edges))


@contextmanager
def open_store(config: Config, edges: Edges, outbox: Path | None = None) -> Iterator[Store]:
    """The store that the project uses, for as long as the block lasts.

    Args:
        config: Which store it is.
        edges: The world.
        outbox: Where a later step of the job finds what it is to upload.

    Raises:
        UsageError: It is not a store that keeps anything, or needs GitHub and this is elsewhere.
        ServiceError: There is no remote, no token, or no git.
    """
    baseline = config.baseline
    match store_name(config, edges):
        case StoreName.FILE:
            yield FileStore(edges.root / baseline.path, baseline.path, edges.git)
        case StoreName.BRANCH:
            with scratch(_remote(edges), edges.env) as repository:
                yield _branch_store(config, repository, edges)
        case StoreName.ARTIFACT:
            if edges.context is None:
                raise UsageError(
                    "baselines that are artifacts of workflow runs can be found in GitHub Actions only",
                    remedy="download one and name it with --base",
                )
            with edges.github() as client:
                yield ArtifactStore(
                    client,
                    edges.context.repository,
                    edges.key,
                    workflow=workflow_file(edges.env),
                    now=edges.now,
                    outbox=outbox,
                )
        case StoreName.REBUILD:
            raise UsageError(
                "the store `rebuild` keeps nothing: it measures the base commit each time",
                remedy="choose another store, with `baseline: {store: branch}` in leakgate.yml",
            )


@contextmanager
def open_branch(config: Config, edges: Edges) -> Iterator[BranchStore]:
    """The branch of baselines, for what only a branch can do: list, prune, tell its history.

    Raises:
        UsageError: The project keeps its baselines elsewhere.
        ServiceError: There is no remote, or no git.
    """
    if config.baseline.store not in {None, StoreName.BRANCH}:
        raise UsageError(
            f"this project keeps its baselines in the store `{config.baseline.store}`, and only a branch has more "
            "than one",
            remedy="`baseline: {store: branch}` in leakgate.yml",
        )
    with scratch(_remote(edges), edges.env) as repository:
        yield _branch_store(config, repository, edges)


def _branch_store(config: Config, repository: Scratch, edges: Edges) -> BranchStore:
    return BranchStore(
        repository,
        edges.key,
        config.baseline.branch,
        keep=config.baseline.keep,
        now=lambda: edges.now,
        note=edges.note,
        is_chosen=edges.key != LOCAL,
        past=max(PAST, config.creep.last),
    )


def _opener(edges: Edges) -> OpenScratch | None:
    if edges.git.remote_url() is None and edges.context is None:
        return None
    return lambda: scratch(_remote(edges), edges.env)


def _remote(edges: Edges) -> Remote:
    """The repository that the clone is from; in a job that has no clone, the job's own."""
    context = edges.context
    url = edges.git.remote_url() or (context and f"{context.server_url}/{context.repository}")
    if not url:
        raise _no_remote(edges.git.remotes())
    token = Token(context.server_url, edges.token) if context and edges.token else None
    return remote(url, edges.cwd, token=token, local=local_settings(edges.git.run))


def _no_remote(remotes: Sequence[str] | None) -> ServiceError:
    if remotes is None:
        return ServiceError(
            "there is no git repository here, so there is nowhere to keep baselines",
            remedy="go to a clone of the project, or `baseline: {store: file}` in leakgate.yml",
        )
    if not remotes:
        return ServiceError(
            "this clone has no remote, so there is nowhere to keep baselines",
            remedy="`git remote add origin URL`, or `baseline: {store: file}` in leakgate.yml",
        )
    names = ", ".join(f"`{name}`" for name in remotes)
    return ServiceError(
        f"this clone has several remotes, {names}, and none is called `origin` or `upstream`: which of them has "
        "the baselines is not known",
        remedy=f"rename the one that the workflow runs in, such as `git remote rename {remotes[0]} upstream`",
    )
