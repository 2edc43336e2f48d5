"""Before the tests: whatever about the other side takes a token or the network, and the check run's beginning.

This runs in a step of its own, before any of the project's code. Trouble is a warning and a note in the report,
and the tests are measured all the same.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from leakgate.baselines.model import Base
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.config import Config, Fallback, StoreName
from leakgate.edges import Edges
from leakgate.errors import LeakgateError
from leakgate.github import checks, pulls
from leakgate.github.client import GitHubClient
from leakgate.github.context import ActionsContext, refuse_foreign_code, required
from leakgate.github.failures import ForbiddenError
from leakgate.github.key import check_key
from leakgate.github.pulls import Pull
from leakgate.prepared import Prepared
from leakgate.reports.words import HASH, describe_side
from leakgate.search import search, sources, store_name

_SOURCES = "sources"


@dataclass(slots=True)
class _Trouble:
    """What went wrong so far: told at once, and noted for the report."""

    warn: Callable[[LeakgateError], None]
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def noted(self, what: str) -> Iterator[None]:
        try:
            yield
        except LeakgateError as error:
            self.warn(error)
            where = f"{error.where}: " if error.where else ""
            self.notes.append(f"{what}: {where}{error.what}.")


def describe(prepared: Prepared) -> str:
    """What was found, in one sentence for the log."""
    if prepared.base is not None:
        return f"to be compared with {describe_side(prepared.base.side)} ({prepared.wanted.why})"
    if prepared.sources is not None:
        commit = (prepared.wanted.commit or "")[:HASH]
        return f"{commit} is measured first, to be compared with ({prepared.wanted.why})"
    return prepared.missing or "the baseline is a file of this checkout"


def prepare(  # noqa: PLR0913 - the world comes in as arguments
    config: Config,
    asked: Path | None,
    directory: Path,
    edges: Edges,
    *,
    begun: Callable[[int], None],
    warn: Callable[[LeakgateError], None],
) -> Prepared:
    """Find the base, read the label that accepts growth, begin the check run.

    Args:
        config: From `read_config`.
        asked: The baseline that was named outright: then none is looked for.
        directory: A new one, where what is fetched stays for the next step.
        edges: The world, with the token.
        begun: Told the id of the check run at once: whatever happens afterwards, somebody must complete it.
        warn: Tells of trouble.

    Raises:
        UsageError: This is no job of GitHub Actions, or one that would run foreign code beside a token that may
            write; or its key is none.
    """
    context = required(edges.context)
    refuse_foreign_code(context.event)
    check_key(edges.key)
    trouble = _Trouble(warn)
    with trouble.noted("No check run could be begun"):
        check_run = _begin_check_run(context, edges)
        if check_run is not None:
            begun(check_run)
    accepted_by = None
    with trouble.noted(f"Whether the pull request has the label `{config.accept_label}` is not known"):
        accepted_by = _label(config.accept_label, context, edges)
    found = Prepared()
    if asked is None and not _is_committed(config, edges):
        # Without a token or the network the next step must not look for it again.
        found = Prepared(missing="There is no baseline, as looking for one has failed.")
        with trouble.noted("The baseline could not be looked for"):
            found = _base(config, directory, edges)
    return replace(found, accepted_by=accepted_by, notes=tuple(trouble.notes))


def _begin_check_run(context: ActionsContext, edges: Edges) -> int | None:
    commit = context.pull.head_sha if context.pull else context.sha
    if not context.may_write or commit is None or edges.token is None:
        return None
    with edges.github() as client:
        begun = checks.start(
            client,
            context.repository,
            commit,
            checks.name(edges.key),
            now=edges.now,
            details_url=context.run_url or context.server_url,
        )
    return begun.id if begun else None


def _label(name: str, context: ActionsContext, edges: Edges) -> LabelAcceptance | None:
    """The label, where the pull request has it, or has had it when it was merged by this push or queued for it."""
    if not name:
        return None
    number = context.pull_request or context.queued_pull_request
    if context.pull is not None and context.pull_request is not None:
        has_it = pulls.named(name, context.pull.labels)
        if edges.token is None:
            return LabelAcceptance(has_it) if has_it else None
        if context.run_attempt == 1 and has_it is None:  # what the event says is as old as the run's first attempt
            return None
    elif edges.token is None or (number is None and (context.event != "push" or context.branch is None)):
        return None
    with edges.github() as client:
        for pull in _pulls(client, number, context):
            has_it = pulls.named(name, pull.labels)
            if has_it is not None:
                by = pulls.who_labelled(client, context.repository, pull.number, has_it)
                return LabelAcceptance(has_it, by)
    return None


def _pulls(client: GitHubClient, number: int | None, context: ActionsContext) -> Sequence[Pull]:
    if number is not None:
        return [pulls.read(client, context.repository, number)]
    try:
        return pulls.merged_as(client, context.repository, context.sha) if context.sha else []
    except ForbiddenError:  # a job that only saves the baseline needs no right to see pull requests
        return []


def _is_committed(config: Config, edges: Edges) -> bool:
    """Whether the baseline is a file of the checkout: the next step reads it, and stops where it is damaged."""
    return store_name(config, edges) is StoreName.FILE and os.path.lexists(edges.root / config.baseline.path)


def _base(config: Config, directory: Path, edges: Edges) -> Prepared:
    wanted, found = search(config, edges, None)
    if isinstance(found, Base):
        return Prepared(wanted=wanted, base=found)
    only_rebuilds = store_name(config, edges) is StoreName.REBUILD
    if wanted.commit is None or not (only_rebuilds or config.baseline.fallback is Fallback.REBUILD):
        return Prepared(wanted=wanted, missing=found.reason)
    sources(edges).check_out(wanted.commit, directory / _SOURCES)
    missing = None if only_rebuilds else found.reason
    return Prepared(wanted=wanted, missing=missing, sources=directory / _SOURCES)
