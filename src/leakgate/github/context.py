"""What a GitHub Actions runner says about the job: environment variables and the event's payload."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from leakgate.errors import ServiceError, UsageError
from leakgate.github import event as events
from leakgate.github.event import MergeGroup, Payload, PullRequest, Push, WorkflowRun, is_repository

_URL = re.compile(r"https?://[^\s?#]+")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_QUEUED = re.compile(
    r"refs/heads/gh-readonly-queue/.+/pr-(?P<number>[1-9][0-9]{0,9})-(?:[0-9a-f]{40}|[0-9a-f]{64})"
)
"""The branch that a merge queue tries a pull request on; the hash is of the commit that it was put on top of."""

_DEPENDABOT = "dependabot[bot]"
_NEEDS_PAYLOAD = frozenset({"pull_request", "pull_request_target", "merge_group", "workflow_run"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsContext:
    """One job on a runner of GitHub, or of a forge that sets the same variables (GHES, Gitea, Forgejo).

    Attributes:
        repository: `owner/name`.
        api_url: Of the REST API, without a slash at the end.
        event: The name of the event, such as `push`.
        pull_request: Its number, for the event `pull_request` alone.
        job: The job's key in the workflow file.
        step_summary: The file to append Markdown to.
        output: The file to append step outputs to.
        server_url: Of the pages that people read, without a slash at the end.
        sha: The commit that the event is about; of a pull request the merge commit.
        ref: Its full ref, such as `refs/heads/main` or `refs/pull/7/merge`.
        actor: Who caused the event.
        run_id: Of this run of the workflow.
        run_attempt: Which attempt of it, from 1.
        default_branch: Of the repository, as far as the event says.
        pull: The pull request, for `pull_request` and `pull_request_target`.
        merge_group: For `merge_group`.
        push: For `push`.
        workflow_run: The run that ended, for `workflow_run`.
    """

    repository: str
    api_url: str
    event: str
    pull_request: int | None
    job: str
    step_summary: Path | None
    output: Path | None
    server_url: str = "https://github.com"
    sha: str | None = None
    ref: str | None = None
    actor: str | None = None
    run_id: int | None = None
    run_attempt: int = 1
    default_branch: str | None = None
    pull: PullRequest | None = None
    merge_group: MergeGroup | None = None
    push: Push | None = None
    workflow_run: WorkflowRun | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str], read_text: Callable[[Path], str]) -> Self | None:
        """Read the runner's variables; None outside GitHub Actions.

        Args:
            env: The environment.
            read_text: Reads a UTF-8 file; may raise OSError or UnicodeError.

        Raises:
            ServiceError: A variable or the event's payload is not what a runner writes.
        """
        if env.get("GITHUB_ACTIONS") != "true":
            return None
        repository = env.get("GITHUB_REPOSITORY", "")
        if not is_repository(repository):
            raise ServiceError(
                "GITHUB_ACTIONS is true, but GITHUB_REPOSITORY does not name a repository (owner/name)",
                remedy="outside GitHub Actions, unset GITHUB_ACTIONS",
            )
        event = env.get("GITHUB_EVENT_NAME", "")
        payload = _payload(event, env, repository, read_text)
        ref = env.get("GITHUB_REF") or None
        return cls(
            repository=repository,
            api_url=_url(env, "GITHUB_API_URL", "https://api.github.com"),
            event=event,
            pull_request=payload.pull.number if payload.pull and event == "pull_request" else None,
            job=env.get("GITHUB_JOB", ""),
            step_summary=_path(env, "GITHUB_STEP_SUMMARY"),
            output=_path(env, "GITHUB_OUTPUT"),
            server_url=_url(env, "GITHUB_SERVER_URL", "https://github.com"),
            sha=_sha(env),
            ref=ref,
            actor=env.get("GITHUB_ACTOR") or payload.sender,
            run_id=_number(env, "GITHUB_RUN_ID"),
            run_attempt=_number(env, "GITHUB_RUN_ATTEMPT") or 1,
            # A schedule's payload names no repository, but it only ever runs on the default branch.
            default_branch=payload.default_branch or (_branch(ref) if event == "schedule" else None),
            pull=payload.pull,
            merge_group=payload.merge_group,
            push=payload.push,
            workflow_run=payload.workflow_run,
        )

    @property
    def branch(self) -> str | None:
        """The branch that the event is about; None for tags, pull requests and merge refs."""
        return _branch(self.ref)

    @property
    def queued_pull_request(self) -> int | None:
        """The number of the pull request that a merge queue tries, for `merge_group` alone.

        It is the last one that is tried: those ahead of it in the queue are in the same branch, below it.
        """
        found = _QUEUED.fullmatch(self.ref or "") if self.merge_group else None
        return int(found["number"]) if found else None

    @property
    def run_url(self) -> str | None:
        """The page of this run, for people."""
        if self.run_id is None:
            return None
        attempt = f"/attempts/{self.run_attempt}" if self.run_attempt > 1 else ""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}{attempt}"

    @property
    def is_fork(self) -> bool:
        """Whether the pull request comes from a fork: this run's token can then only read."""
        return self.pull is not None and self.pull.is_fork

    @property
    def is_dependabot(self) -> bool:
        """Whether Dependabot caused the event: the token can only read, unless `permissions` asks for more."""
        return self.actor == _DEPENDABOT

    @property
    def may_write(self) -> bool:
        """Whether to try to write; the workflow's `permissions` decide what of it succeeds.

        Dependabot's pull requests bring code that nobody here has read, and count as a fork's, whatever the token
        may do. What it merges is a push like any other.
        """
        return not (self.is_fork or (self.is_dependabot and self.pull is not None))


def current(env: Mapping[str, str]) -> ActionsContext | None:
    """The job that this runs in; None outside GitHub Actions.

    Raises:
        ServiceError: A variable or the event's payload is not what a runner writes.
    """
    return ActionsContext.from_env(env, lambda path: path.read_text("utf-8"))


def required(job: ActionsContext | None) -> ActionsContext:
    """The job that this runs in.

    Raises:
        UsageError: It is none of GitHub Actions.
    """
    if job is None:
        raise UsageError(
            "this is for the jobs of GitHub Actions, and this is none",
            remedy="`leakgate check` finds its baseline itself, and leaves the comment's text in comment.md",
        )
    return job


def refuse_foreign_code(event: str | None) -> None:
    """Stop before a pull request's code would be measured by a job that may write.

    Args:
        event: The name of the event; None outside GitHub Actions. What else the runner says may not be readable.

    Raises:
        UsageError: The event is `pull_request_target`.
    """
    if event == "pull_request_target":
        raise UsageError(
            "leakgate does not measure under `pull_request_target`: the tests of the pull request, anyone's code, "
            "would run with a token that may write and with the repository's secrets",
            remedy="start the workflow on `pull_request`; for comments on pull requests of forks add the second "
            "stage, `publish/action.yml`, on `workflow_run`",
        )


def token(env: Mapping[str, str]) -> str | None:
    """The token for the API; None where the step was given none. Never to be shown."""
    return env.get("LEAKGATE_TOKEN", "").strip() or env.get("GITHUB_TOKEN", "").strip() or None


def _payload(event: str, env: Mapping[str, str], repository: str, read_text: Callable[[Path], str]) -> Payload:
    path = _path(env, "GITHUB_EVENT_PATH")
    if path is None:
        if event in _NEEDS_PAYLOAD:
            raise ServiceError(f"the event is {event}, but GITHUB_EVENT_PATH is not set")
        return Payload()
    try:
        return events.read(event, read_text(path), repository)
    except (OSError, ValueError) as error:  # UnicodeError is a ValueError
        raise ServiceError(f"the payload of the event {event} cannot be read: {error}", where=str(path)) from error


def _branch(ref: str | None) -> str | None:
    return ref.removeprefix("refs/heads/") if ref and ref.startswith("refs/heads/") else None


def _sha(env: Mapping[str, str]) -> str | None:
    sha = env.get("GITHUB_SHA") or None
    if sha and not _SHA.fullmatch(sha):
        raise ServiceError(f"GITHUB_SHA is not the full hash of a commit: {sha!r}")
    return sha


def _number(env: Mapping[str, str], name: str) -> int | None:
    text = env.get(name) or None
    if text and not re.fullmatch("[1-9][0-9]{0,18}", text):
        raise ServiceError(f"{name} is not a number: {text!r}")
    return int(text) if text else None


def _url(env: Mapping[str, str], name: str, default: str) -> str:
    url = (env.get(name) or default).rstrip("/")
    if not _URL.fullmatch(url):
        raise ServiceError(f"{name} is not an http(s) URL: {url!r}")
    return url


def _path(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name)
    return Path(value) if value else None
