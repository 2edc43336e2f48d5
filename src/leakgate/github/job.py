"""What GitHub is told: annotations, summary and outputs by the step that measures, the comment by a later one.

They are two steps because the measured tests are the pull request's own code: whatever the step that runs them was
given, they can read in `/proc`. So the first step gets no token, and nothing here but `comment` reads one.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from leakgate.comparison.result import Result, Status, Verdict
from leakgate.config import CommentMode
from leakgate.errors import UsageError
from leakgate.github.client import GitHubClient, connect
from leakgate.github.commands import annotations
from leakgate.github.comment import post
from leakgate.github.context import ActionsContext, token
from leakgate.github.outputs import write_outputs, write_summary

Connect = Callable[[str, str | None], AbstractContextManager[GitHubClient]]


@dataclass(frozen=True, slots=True)
class Files:
    """Where the check left what it found; the comment is Markdown."""

    result: Path
    snapshot: Path
    comment: Path


def report(result: Result, files: Files, *, env: Mapping[str, str], echo: Callable[[str], None]) -> None:
    """Annotations, job summary and step outputs; outside GitHub Actions nothing. Needs no network and no token.

    Args:
        result: What was found.
        files: Where it was left.
        env: The runner's variables.
        echo: Prints a line to the step's log, where the runner makes annotations of it.

    Raises:
        ServiceError: Something could not be written.
    """
    context = _context(env)
    if context is None:
        return
    for line in annotations(result):
        echo(line)
    outputs = {
        "verdict": str(result.verdict),
        "result": str(files.result.resolve()),
        "snapshot": str(files.snapshot.resolve()),
    }
    try:
        if context.step_summary:
            write_summary(context.step_summary, files.comment.read_text("utf-8"))
    finally:
        if context.output:
            write_outputs(context.output, outputs, secrets.token_hex(16))


def required_context(env: Mapping[str, str]) -> ActionsContext:
    """The job that this runs in.

    Raises:
        UsageError: It is none of GitHub Actions.
        ServiceError: A variable or the event's payload is not what a runner writes.
    """
    context = _context(env)
    if context is None:
        raise UsageError(
            "a comment is posted from a job of GitHub Actions alone, and this is none",
            remedy="`leakgate check` leaves the comment's text in comment.md, beside result.json",
        )
    return context


def comment(  # noqa: PLR0913 - the world comes in as arguments
    result: Result,
    body: str,
    mode: CommentMode,
    context: ActionsContext,
    *,
    env: Mapping[str, str],
    echo: Callable[[str], None],
    connect: Connect = connect,
) -> None:
    """Make the pull request's comment say `body`, where there is a pull request and the mode wants a comment.

    Args:
        result: What was found.
        body: The comment, Markdown.
        mode: When to comment.
        context: From `required_context`.
        env: Where the token is, and LEAKGATE_KEY, which tells the legs of a matrix apart: their job has one name.
        echo: Prints a line to the step's log.
        connect: Opens the API; another one in tests.

    Raises:
        ServiceError: It could not be posted, or its URL not be written.
    """
    if context.pull_request is None:
        echo(f"leakgate: no comment, as the event is {context.event} and not pull_request")
        return
    if mode is CommentMode.NEVER:
        echo("leakgate: no comment, as the mode is never")
        return
    with connect(context.api_url, token(env)) as client:
        key = env.get("LEAKGATE_KEY", "").strip() or context.job
        posted = post(client, context, body, key, create=wants_comment(result, mode))
    if posted is None:
        echo(f"leakgate: no comment, as the verdict is {result.verdict} and the mode is {mode}")
        return
    echo(f"leakgate: comment {posted.action}: {posted.url}")
    if context.output:
        write_outputs(context.output, {"comment-url": posted.url}, secrets.token_hex(16))


def wants_comment(result: Result, mode: CommentMode) -> bool:
    """Whether the mode asks for a comment where there is none yet; an old one is always brought up to date."""
    failed = result.verdict in {Verdict.FAIL, Verdict.ERROR}
    changed = failed or any(test.status not in {Status.PASS, Status.IGNORED} for test in result.tests)
    match mode:
        case CommentMode.ALWAYS:
            return True
        case CommentMode.ON_CHANGE:
            return changed
        case CommentMode.ON_FAILURE:
            return failed
        case CommentMode.NEVER:
            return False


def _context(env: Mapping[str, str]) -> ActionsContext | None:
    return ActionsContext.from_env(env, lambda path: path.read_text("utf-8"))
