"""The check run beside the comment: in progress from the start, completed whatever happens.

Where the token may not write checks, or the forge has none (Gitea, Forgejo), there is no check run and no error.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote

import msgspec

from leakgate.github.client import GitHubClient
from leakgate.github.failures import ForbiddenError, NotFoundError
from leakgate.github.outputs import fit

MAX_SUMMARY = 65_535
"""GitHub's limit on a check run's summary. It counts characters; we count bytes, which are never fewer."""

_MAX_TITLE = 255


class Conclusion(StrEnum):
    """The word of a completed check run. A required check is satisfied by `success` and `neutral` alone."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check run that exists. A later step that knows no more than the id makes one of these."""

    repository: str
    id: int


class _Made(msgspec.Struct, frozen=True):
    id: int
    external_id: str | None = None


class _List(msgspec.Struct, frozen=True):
    check_runs: list[_Made] = []


def name(key: str) -> str:
    """The name that a job's check run has in every run, so that it can be a required check."""
    return f"leakgate / {key}"


def start(  # noqa: PLR0913 - what a check run is made of
    client: GitHubClient, repository: str, head_sha: str, name: str, *, now: datetime, details_url: str
) -> CheckRun | None:
    """Make a check run that is in progress.

    Args:
        client: Connected to the API.
        repository: `owner/name`.
        head_sha: The commit that it is about: of a pull request the head, not the merge commit.
        name: From `name`.
        now: With a time zone.
        details_url: The page of this attempt of the run; no two attempts have the same.

    Returns:
        The check run; None where the token may not make one, or the forge has none.

    Raises:
        ServiceError: GitHub did not do it.
    """
    started = _timestamp(now)
    external_id = f"{details_url} {started}"
    same = f"/repos/{repository}/commits/{head_sha}/check-runs?check_name={quote(name, safe='')}&per_page=100"

    def made_before() -> _Made | None:
        runs = (run for page in client.get_pages(same, _List) for run in page.check_runs)
        return next((run for run in runs if run.external_id == external_id), None)

    body = {
        "name": name,
        "head_sha": head_sha,
        "status": "in_progress",
        "started_at": started,
        "details_url": details_url,
        "external_id": external_id,
    }
    try:
        made = client.post(f"/repos/{repository}/check-runs", body, _Made, look=made_before)
    except (ForbiddenError, NotFoundError):
        return None
    return CheckRun(repository, made.id)


def complete(  # noqa: PLR0913 - what a check run says
    client: GitHubClient, run: CheckRun, conclusion: Conclusion, title: str, summary: str, *, now: datetime
) -> bool:
    """Complete a check run.

    Args:
        client: Connected to the API.
        run: From `start`, in this step or an earlier one.
        conclusion: Its word.
        title: One line of plain text.
        summary: Markdown; as many whole lines of it are shown as GitHub takes.
        now: With a time zone.

    Returns:
        Whether it is done; not so where the token may not, or the check run is there no more.

    Raises:
        ServiceError: GitHub did not do it.
    """
    body = {
        "status": "completed",
        "conclusion": str(conclusion),
        "completed_at": _timestamp(now),
        "output": {
            "title": " ".join(_printable(title).split())[:_MAX_TITLE],
            "summary": fit(_printable(summary), MAX_SUMMARY),
        },
    }
    try:
        client.patch(f"/repos/{run.repository}/check-runs/{run.id}", body, _Made)
    except (ForbiddenError, NotFoundError):
        return False
    return True


def abandon(client: GitHubClient, run: CheckRun, *, now: datetime, cancelled: bool) -> bool:
    """Complete a check run whose job has come to no result: as cancelled, else as a failure, never as a pass.

    Returns:
        As `complete`.

    Raises:
        ServiceError: GitHub did not do it.
    """
    conclusion = Conclusion.CANCELLED if cancelled else Conclusion.FAILURE
    title = "Cancelled before there was a verdict" if cancelled else "Stopped before there was a verdict"
    summary = "The job's log says what happened. Nothing was found out about memory."
    return complete(client, run, conclusion, title, summary, now=now)


def _timestamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # names that are not UTF-8 must not cost the check run
