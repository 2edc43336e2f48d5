"""What a GitHub Actions runner says about the job: environment variables and the event's payload."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from leakgate.errors import ServiceError

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_URL = re.compile(r"https?://[^\s?#]+")


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
    """

    repository: str
    api_url: str
    event: str
    pull_request: int | None
    job: str
    step_summary: Path | None
    output: Path | None

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
        # The name becomes part of request paths, where `..` would mean another path.
        if not _REPOSITORY.fullmatch(repository) or {".", ".."} & set(repository.split("/")):
            raise ServiceError(
                "GITHUB_ACTIONS is true, but GITHUB_REPOSITORY does not name a repository (owner/name)",
                remedy="outside GitHub Actions, unset GITHUB_ACTIONS",
            )
        event = env.get("GITHUB_EVENT_NAME", "")
        return cls(
            repository=repository,
            api_url=_url(env, "GITHUB_API_URL", "https://api.github.com"),
            event=event,
            pull_request=_pull_request(env, read_text) if event == "pull_request" else None,
            job=env.get("GITHUB_JOB", ""),
            step_summary=_path(env, "GITHUB_STEP_SUMMARY"),
            output=_path(env, "GITHUB_OUTPUT"),
        )


def token(env: Mapping[str, str]) -> str | None:
    """The token for the API; None where the step was given none. Never to be shown."""
    return env.get("LEAKGATE_TOKEN", "").strip() or env.get("GITHUB_TOKEN", "").strip() or None


class _PullRequestPayload(msgspec.Struct, frozen=True):
    number: int


class _Event(msgspec.Struct, frozen=True):
    pull_request: _PullRequestPayload


def _pull_request(env: Mapping[str, str], read_text: Callable[[Path], str]) -> int:
    path = _path(env, "GITHUB_EVENT_PATH")
    if path is None:
        raise ServiceError("the event is pull_request, but GITHUB_EVENT_PATH is not set")
    try:
        number = msgspec.json.decode(read_text(path), type=_Event).pull_request.number
    except (OSError, UnicodeError, RecursionError, msgspec.MsgspecError) as error:
        raise ServiceError(
            f"the payload of the event pull_request cannot be read: {error}", where=str(path)
        ) from error
    if number < 1:
        raise ServiceError("the payload of the event pull_request has no valid number", where=str(path))
    return number


def _url(env: Mapping[str, str], name: str, default: str) -> str:
    url = (env.get(name) or default).rstrip("/")
    if not _URL.fullmatch(url):
        raise ServiceError(f"{name} is not an http(s) URL: {url!r}")
    return url


def _path(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name)
    return Path(value) if value else None
