"""A result from a run that may not comment, posted by a later run that may.

The run of a fork's pull request has a token that can only read. So the first stage, in that run, leaves its result
as an artifact (`leave`), and the second, a workflow on `workflow_run`, posts it (`publish`). The second stage can
write, and all that the first leaves may have been made by the fork: so it runs none of the fork's code, checks
nothing out, takes the commit and the pull request from GitHub, and renders the comment itself from checked data.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from leakgate import files
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.result import Result
from leakgate.comparison.stored import parse
from leakgate.config import ACCEPT_LABEL
from leakgate.errors import InputError, LeakgateError, ServiceError, UsageError
from leakgate.github import pulls
from leakgate.github.artifacts import Artifact, artifact_name, list_artifacts, read_artifact
from leakgate.github.client import GitHubClient
from leakgate.github.commands import Level, annotation
from leakgate.github.comment import CommentOutcome, Draft, post_draft
from leakgate.github.comment_state import Resolved
from leakgate.github.context import ActionsContext
from leakgate.github.event import WorkflowRun
from leakgate.github.failures import ForbiddenError, NotFoundError
from leakgate.github.foreign import BY_LABEL, admit
from leakgate.github.key import check_key, is_key
from leakgate.github.pulls import Pull
from leakgate.snapshot.damage import UNDECODABLE

Render = Callable[[Result, Resolved | None, str], str]
"""The comment's text in Markdown, at most `reports.markdown.MAX_COMMENT` long, from a result, what it has mended,
and the address of the run that made it, which has a summary."""

_KIND = "result"
_RESULT_FILE = "result.json"
_RUN_FILE = "run.json"
_VERSION = 1

_LARGEST_RESULT = 50 * 10**6
"""Bytes, unpacked: a result of 10,000 tests that pass, or of 2,000 that fail, has 10 to 30 MB."""

_LARGEST_RUN = 2000
_MEMBERS = {_RESULT_FILE: _LARGEST_RESULT, _RUN_FILE: _LARGEST_RUN}

_MOST_RESULTS = 20
"""Of one run: each is a comment, and a fork could leave hundreds."""


class _Run(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes with a result: the key that its comment has."""

    version: int
    key: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What was done with one result on one pull request."""

    pull_request: int
    outcome: CommentOutcome


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of the results of one run.

    Attributes:
        posted: The comments, in the order of the artifacts' names.
        trouble: Why others are missing. Each was said in the log.
    """

    posted: tuple[Posted, ...] = ()
    trouble: tuple[LeakgateError, ...] = ()


def leave(result: Result, key: str, directory: Path) -> str:
    """The first stage: write what is to be uploaded as an artifact.

    Args:
        result: What was found.
        key: The job's, which its comment will have.
        directory: A new one, for these files alone.

    Returns:
        The name that the artifact must have.

    Raises:
        UsageError: The key is none.
        ServiceError: The result is too large, or the files cannot be written.
    """
    check_key(key)
    data = msgspec.json.encode(result)
    if len(data) > _LARGEST_RESULT:
        raise ServiceError(
            f"the result has {len(data):,} bytes; the second stage reads {_LARGEST_RESULT:,} at most"
        )
    files.save(directory / _RESULT_FILE, data)
    files.save(directory / _RUN_FILE, msgspec.json.encode(_Run(version=_VERSION, key=key)))
    return artifact_name(_KIND, key)


def publish(  # noqa: PLR0913 - the last four are what the run that is published must not decide
    client: GitHubClient,
    context: ActionsContext,
    *,
    render: Render,
    wants_comment: Callable[[Result], bool],
    echo: Callable[[str], None],
    accept_label: str = ACCEPT_LABEL,
) -> Publication:
    """The second stage: post what the run that has just ended left, on the pull requests that it was for.

    A run that left nothing, or whose pull request is closed or has moved on, is no trouble.

    Args:
        client: With the rights `actions: read` and `pull-requests: write`.
        context: Of the event `workflow_run`.
        render: Makes the comment's text.
        wants_comment: Whether to make a comment where there is none.
        echo: Prints a line to the step's log.
        accept_label: The label that accepts growth; empty: none does. It must not come from the run, whose author
            could name one that some workflow puts on every pull request.

    Raises:
        UsageError: The event is another.
        ServiceError: GitHub did not say what the run left, or which pull request it was for.
    """
    run = context.workflow_run
    if run is None:
        raise UsageError(
            f"results of other runs are posted on the event workflow_run, and this one is {context.event}",
            remedy="docs/forks.md has the workflow to copy",
        )
    if run.event != "pull_request":
        echo(f"leakgate: nothing to post: run {run.id} was not started by a pull request")
        return Publication()
    left = _list(client, context.repository, run)
    if not left:
        echo(f"leakgate: nothing to post: run {run.id} left no result, as it could comment itself or came to none")
        return Publication()
    found = _pull_requests(client, context.repository, run)
    if not found:
        echo(f"leakgate: nothing to post: no open pull request has {run.head_sha} as its head")
        return Publication()
    posted: list[Posted] = []
    trouble: list[LeakgateError] = []
    if len(left) > _MOST_RESULTS:
        trouble.append(InputError(f"run {run.id} left {len(left)} results; {_MOST_RESULTS} are posted at most"))
    for artifact in left[:_MOST_RESULTS]:
        try:
            key, result = _read(client, context.repository, artifact)
            for pull in found:
                label = _label(client, context.repository, pull, result, accept_label)
                shown = admit(result, head=run.head_sha, label=label, source=f"artifact {artifact.name}")
                draft = Draft(shown.verdict, run.head_sha, partial(_body, render, shown, _page(context, run)))
                create = wants_comment(shown)
                outcome = post_draft(client, context.repository, pull.number, draft, key, create=create)
                posted.append(Posted(pull.number, outcome))
                echo(f"leakgate: {artifact.name}: comment {outcome.action}: {outcome.url or 'none'}")
        except LeakgateError as error:
            trouble.append(error)
    for problem in trouble:
        echo(annotation(Level.WARNING, str(problem), title="leakgate: a result was not posted"))
    return Publication(tuple(posted), tuple(trouble))


def _list(client: GitHubClient, repository: str, run: WorkflowRun) -> list[Artifact]:
    try:
        return list_artifacts(client, repository, run.id, _KIND)
    except (ForbiddenError, NotFoundError) as error:
        raise ServiceError(
            f"the artifacts of run {run.id} cannot be listed: {error.what}",
            remedy="give the second stage `permissions: {actions: read, pull-requests: write}`",
        ) from error


def _pull_requests(client: GitHubClient, repository: str, run: WorkflowRun) -> list[Pull]:
    """The open pull requests from this very branch: anyone can push a copy of someone else's commit to a fork."""
    if not (run.head_repository and run.head_owner and run.head_branch):
        return []  # the fork is gone
    home = run.head_repository.casefold()
    found = pulls.find_by_head(client, repository, run.head_sha, run.head_owner, run.head_branch)
    return [pull for pull in found if (pull.head_repository or "").casefold() == home]


def _read(client: GitHubClient, repository: str, artifact: Artifact) -> tuple[str, Result]:
    """The key and the result in an artifact; of the right types, and no more than that.

    Raises:
        InputError: They are not.
        ServiceError: It cannot be downloaded.
    """
    source = f"artifact {artifact.name}"
    try:
        content = read_artifact(client, repository, artifact, _MEMBERS)
    except NotFoundError as error:
        raise ServiceError("is no longer there", where=source, remedy="run the first workflow again") from error
    try:
        run = msgspec.json.decode(content[_RUN_FILE], type=_Run)
    except UNDECODABLE as error:
        raise InputError("is not what the first stage leaves", where=f"{source}: {_RUN_FILE}") from error
    if run.version != _VERSION:
        raise InputError(
            f"version {run.version}; this leakgate reads version {_VERSION}",
            where=f"{source}: {_RUN_FILE}",
            remedy="use the same version of leakgate in both workflows",
        )
    if not is_key(run.key) or artifact_name(_KIND, run.key) != artifact.name:
        raise InputError("has a key that is not the artifact's", where=f"{source}: {_RUN_FILE}")
    return run.key, parse(content[_RESULT_FILE], f"{source}: {_RESULT_FILE}")


def _label(
    client: GitHubClient, repository: str, pull: Pull, result: Result, accept_label: str
) -> LabelAcceptance | None:
    """The label that accepts growth, where the pull request has it and the result makes use of it."""
    if not any(growth.source == BY_LABEL for growth in result.accepted):
        return None
    found = pulls.named(accept_label, pull.labels)
    return LabelAcceptance(found, pulls.who_labelled(client, repository, pull.number, found)) if found else None


def _body(render: Render, result: Result, page: str, resolved: Resolved | None) -> str:
    origin = (
        f"<sub>⚠️ The pull request's own code made these figures, in [this run]({page}). "
        "leakgate has checked their form; it cannot know that they are true.</sub>"
    )
    return f"{render(result, resolved, page).rstrip()}\n\n{origin}\n"


def _page(context: ActionsContext, run: WorkflowRun) -> str:
    return f"{context.server_url}/{context.repository}/actions/runs/{run.id}"
