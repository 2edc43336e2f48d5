"""After the tests: what was found is told on GitHub, and kept as a baseline where this run may keep one.

This runs in a step of its own, which has the token and none of the project's code. Each part stands alone: trouble
with one is a warning, and costs neither the others nor the verdict.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from leakgate import keep
from leakgate.comparison.result import Result, Verdict
from leakgate.config import CommentMode, Config, StoreName
from leakgate.edges import Edges
from leakgate.errors import LeakgateError, ServiceError
from leakgate.github import checks, second_stage
from leakgate.github.comment import Action, Draft, post_draft, wants_comment
from leakgate.github.comment_state import Resolved
from leakgate.github.context import ActionsContext
from leakgate.github.failures import ForbiddenError
from leakgate.github.outputs import write_outputs
from leakgate.reports import markdown
from leakgate.reports.permalinks import Permalinks
from leakgate.reports.words import HASH, Previous, headline
from leakgate.search import store_name

_DAYS = 5
"""For which a result waits for the second stage; it is fetched within minutes, or when somebody looks again."""

_KEPT_DAYS = 90
"""For which a baseline is kept that is an artifact: what GitHub allows where nobody has said otherwise."""

_KEEP_NOTHING = {
    StoreName.FILE: "it is a file that people commit, in the store `file`",
    StoreName.REBUILD: "the store `rebuild` measures the base commit each time",
}
"""Stores that no run saves to, and why."""

_CONCLUSIONS = {
    Verdict.PASS: checks.Conclusion.SUCCESS,
    Verdict.FAIL: checks.Conclusion.FAILURE,
    Verdict.ERROR: checks.Conclusion.FAILURE,
    Verdict.NO_BASELINE: checks.Conclusion.NEUTRAL,
    Verdict.INCOMPARABLE: checks.Conclusion.NEUTRAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The job whose check has ended.

    Attributes:
        context: What the runner says of it.
        edges: The world, with the token.
        outcome: How the step with the check ended: `success`, `failure`, `cancelled` or `skipped`.
        check_run: The id of the check run that was begun before; None where there is none.
        directory: Where files for the steps that follow go.
        echo: Prints a line for the runner, which may be a workflow command.
        say: Prints a line for people to the step's log, whatever is in it.
        warn: Tells of trouble.
    """

    context: ActionsContext
    edges: Edges
    outcome: str
    check_run: int | None
    directory: Path
    echo: Callable[[str], None]
    say: Callable[[str], None]
    warn: Callable[[LeakgateError], None]


def publish(result: Result | None, snapshot: Path, config: Config, job: Job) -> None:
    """Comment, complete the check run, save the baseline: whatever of it this job should do, and may.

    Args:
        result: What was found; None where the check came to no result.
        snapshot: What was measured.
        config: When to comment, which branches are tracked.
        job: The job and its surroundings.

    Raises:
        ServiceError: The step's outputs cannot be written.
    """
    outputs: dict[str, str] = {}
    if result is not None and job.context.pull_request is not None:
        outputs |= _comment(result, config.comment, job)
    _complete_check_run(result, job)
    if result is not None and result.verdict is not Verdict.ERROR:
        outputs |= _keep(snapshot, config, job)
    if job.context.output and outputs:
        write_outputs(job.context.output, outputs, secrets.token_hex(16))


def publish_for_others(mode: CommentMode, accept_label: str, job: Job) -> None:
    """The second stage for forks: post what another run's first stage has left.

    Args:
        mode: When to comment.
        accept_label: The label that accepts growth: ours to say, not the fork's.
        job: This job, and its surroundings.

    Raises:
        UsageError: The event is not `workflow_run`.
        InputError: A result is not what the first stage leaves; all others are posted.
        ServiceError: GitHub did not say what there is, or the step's outputs cannot be written.
    """
    if mode is CommentMode.NEVER:
        job.say("leakgate: no comment, as the mode is never")
        return
    with job.edges.github() as client:
        done = second_stage.publish(
            client,
            job.context,
            render=partial(_render, job.context),
            wants_comment=lambda result: wants_comment(result, mode),
            accept_label=accept_label,
            echo=job.echo,
        )
    urls = [posted.outcome.url for posted in done.posted if posted.outcome.url]
    if job.context.output and urls:
        write_outputs(job.context.output, {"comment-url": urls[0]}, secrets.token_hex(16))
    if done.trouble:
        raise done.trouble[0]


def _comment(result: Result, mode: CommentMode, job: Job) -> dict[str, str]:
    """Post the comment, or leave the result for a run that may."""
    context = job.context
    if mode is CommentMode.NEVER:
        job.say("leakgate: no comment, as the mode is never")
        return {}
    if not context.may_write:
        return _leave(result, job, "a run of a fork's or Dependabot's pull request may not comment")
    with _warned(job):
        try:
            return _post(result, mode, job)
        except ForbiddenError as error:
            job.warn(error)
            return _leave(result, job, "this run's token may not comment")
    return {}


def _post(result: Result, mode: CommentMode, job: Job) -> dict[str, str]:
    context = job.context
    if context.pull is None or context.pull.head_sha is None:
        raise ServiceError(f"the event {context.event} has no pull request to comment on")

    def render(resolved: Resolved | None) -> str:
        return _render(context, result, resolved, context.run_url)

    draft = Draft(result.verdict, context.pull.head_sha, render)
    with job.edges.github() as client:
        create = wants_comment(result, mode)
        outcome = post_draft(client, context.repository, context.pull.number, draft, job.edges.key, create=create)
    match outcome.action:
        case Action.OUTDATED:
            job.say("leakgate: no comment: the pull request has a newer commit, whose own run will comment")
        case Action.UNWANTED:
            job.say(f"leakgate: no comment, as the verdict is {result.verdict} and the mode is {mode}")
        case _:
            job.say(f"leakgate: comment {outcome.action}: {outcome.url}")
    return {"comment-url": outcome.url} if outcome.url else {}


def _render(context: ActionsContext, result: Result, resolved: Resolved | None, run_url: str | None) -> str:
    previous = Previous(resolved.failed, resolved.mended) if resolved else None
    return markdown.render(result, previous=previous, more=run_url, links=_links(context, result))


def _links(context: ActionsContext, result: Result) -> Permalinks:
    """To the commit that was measured. A fork's is in this repository as well, below `refs/pull`."""
    return Permalinks.of(context.server_url, context.repository, result.head)


def _leave(result: Result, job: Job, why: str) -> dict[str, str]:
    with _warned(job):
        directory = job.directory / "for-second-stage"
        name = second_stage.leave(result, job.edges.key, directory)
        job.say(f"leakgate: {why}; the result is left for the second stage (docs/forks.md)")
        return _to_upload(name, directory, _DAYS)
    return {}


def _complete_check_run(result: Result | None, job: Job) -> None:
    if job.check_run is None:
        return
    run = checks.CheckRun(job.context.repository, job.check_run)
    with _warned(job), job.edges.github() as client:
        if result is None:
            checks.abandon(client, run, now=job.edges.now, cancelled=job.outcome == "cancelled")
            return
        # The check run says what the job's own check says: a verdict that the config makes a failure is one.
        conclusion = _CONCLUSIONS[result.verdict]
        if conclusion is checks.Conclusion.NEUTRAL and job.outcome == "failure":
            conclusion = checks.Conclusion.FAILURE
        summary = _render(job.context, result, None, job.context.run_url)
        checks.complete(client, run, conclusion, headline(result), summary, now=job.edges.now)


def _keep(path: Path, config: Config, job: Job) -> dict[str, str]:
    """Save the baseline where this run may: also when the gate failed, or the next base would be out of date."""
    why_not = _KEEP_NOTHING.get(store_name(config, job.edges))
    if why_not is not None:
        job.say(f"leakgate: no baseline is saved, as {why_not}")
        return {}
    outbox = job.directory / "baseline"
    with _warned(job):
        try:
            saved = keep.save(path, config, job.edges, outbox=outbox)
        except keep.NotAllowedError as error:
            job.say(f"leakgate: {error.what}")
            return {}
        job.say(f"leakgate: saved as the baseline of {(saved.commit or '')[:HASH]}: {saved.where}")
        if saved.artifact is not None:
            return _to_upload(saved.artifact, outbox, _KEPT_DAYS)
    return {}


def _to_upload(name: str, directory: Path, days: int) -> dict[str, str]:
    """The outputs that make the action's last step upload an artifact."""
    return {"artifact-name": name, "artifact-path": str(directory), "artifact-days": str(days)}


@contextmanager
def _warned(job: Job) -> Iterator[None]:
    try:
        yield
    except LeakgateError as error:
        job.warn(error)
