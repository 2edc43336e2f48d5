"""What a check tells GitHub at its end: annotations, job summary, step outputs, comment."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from leakgate.comparison.result import Result, Status, Verdict
from leakgate.config import CommentMode
from leakgate.github import comment
from leakgate.github.client import GitHubClient, connect
from leakgate.github.commands import annotations
from leakgate.github.context import ActionsContext
from leakgate.github.outputs import write_outputs, write_summary

Connect = Callable[[str, str | None], AbstractContextManager[GitHubClient]]


@dataclass(frozen=True, slots=True)
class Files:
    """Where the check left what it found; the comment is Markdown."""

    result: Path
    snapshot: Path
    comment: Path


def publish(  # noqa: PLR0913 - the world comes in as arguments
    result: Result,
    files: Files,
    mode: CommentMode,
    *,
    env: Mapping[str, str],
    echo: Callable[[str], None],
    connect: Connect = connect,
) -> None:
    """Tell GitHub; outside GitHub Actions do nothing.

    What needs no network is done first, so that trouble with the API costs the comment alone.

    Args:
        result: What was found.
        files: Where it was left.
        mode: When to comment.
        env: The runner's variables.
        echo: Prints a line to the step's log, where the runner makes annotations of it.
        connect: Opens the API; another one in tests.

    Raises:
        ServiceError: Something could not be written or posted.
    """
    context = ActionsContext.from_env(env, lambda path: path.read_text("utf-8"))
    if context is None:
        return
    for line in annotations(result):
        echo(line)
    body = files.comment.read_text("utf-8")
    outputs = {
        "verdict": str(result.verdict),
        "result": str(files.result.resolve()),
        "snapshot": str(files.snapshot.resolve()),
    }
    try:
        if context.step_summary:
            write_summary(context.step_summary, body)
        if context.pull_request and mode is not CommentMode.NEVER:
            with connect(context.api_url, context.token) as client:
                posted = comment.post(client, context, body, context.job, create=wants_comment(result, mode))
            if posted:
                outputs["comment-url"] = posted.url
                echo(f"leakgate: comment {posted.action}: {posted.url}")
    finally:
        if context.output:
            write_outputs(context.output, outputs, secrets.token_hex(16))


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
