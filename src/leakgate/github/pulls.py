"""Pull requests as the API knows them: by number, by commit, and who gave one a label."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from leakgate.errors import ServiceError
from leakgate.github.client import GitHubClient
from leakgate.github.failures import ForbiddenError, NotFoundError

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request, at the moment that it was asked for.

    Attributes:
        number: In the repository that it is made to.
        head_sha: The newest commit that it proposes.
        head_repository: `owner/name` of where that commit is; None where the fork is gone.
        state: `open` or `closed`.
        labels: Their names.
    """

    number: int
    head_sha: str
    head_repository: str | None
    state: str
    labels: tuple[str, ...]


class _Repository(msgspec.Struct, frozen=True):
    full_name: str


class _Head(msgspec.Struct, frozen=True):
    sha: str
    repo: _Repository | None = None


class _Label(msgspec.Struct, frozen=True):
    name: str | None = None


class _Pull(msgspec.Struct, frozen=True):
    number: int
    head: _Head
    state: str
    labels: list[_Label] | None = None
    merged_at: str | None = None
    merge_commit_sha: str | None = None

    def value(self) -> Pull:
        return Pull(
            number=self.number,
            head_sha=self.head.sha,
            head_repository=self.head.repo.full_name if self.head.repo else None,
            state=self.state,
            labels=tuple(label.name for label in self.labels or () if label.name),
        )


class _User(msgspec.Struct, frozen=True):
    login: str


class _Event(msgspec.Struct, frozen=True):
    event: str = ""
    label: _Label | None = None
    actor: _User | None = None


def read(client: GitHubClient, repository: str, number: int) -> Pull:
    """Pull request `number` of `repository`.

    Raises:
        NotFoundError: There is none.
        ServiceError: GitHub did not say.
    """
    return client.get(f"/repos/{repository}/pulls/{number}", _Pull).value()


def find_by_head(
    client: GitHubClient, repository: str, head_sha: str, head_owner: str, head_branch: str
) -> list[Pull]:
    """The open pull requests whose newest commit is `head_sha`, lowest number first; also those of forks.

    An event of the kind `workflow_run` does not say which pull request a fork's run was for. Two pull requests may
    propose one commit, to two branches.

    Args:
        client: Connected to the API.
        repository: The one that they are made to.
        head_sha: Full.
        head_owner: Whose repository `head_branch` is in.
        head_branch: The branch that is proposed.

    Raises:
        ServiceError: `head_sha` is no commit's hash, or GitHub did not say.
    """
    _require_sha(head_sha)
    head = quote(f"{head_owner}:{head_branch}", safe="")
    path = f"/repos/{repository}/pulls?state=open&head={head}&per_page=100"
    found = _matching(client, path, head_sha)
    if not found:
        # The branch may have been renamed since. This need not find a fork's, so it cannot come first.
        try:
            found = _matching(client, f"/repos/{repository}/commits/{head_sha}/pulls?per_page=100", head_sha)
        except NotFoundError:  # of a forge without this operation, or with a commit that is gone
            return []
    return sorted(found, key=lambda pull: pull.number)


def merged_as(client: GitHubClient, repository: str, sha: str) -> list[Pull]:
    """The pull requests whose merge brought a branch to the commit `sha`, lowest number first.

    It is the merge commit, the squashed one, or the last of those that were rebased. A merge queue may bring
    several pull requests by one push: of these only the last is found.

    Raises:
        ForbiddenError: The token has not the right `pull-requests: read`.
        ServiceError: `sha` is no commit's hash, or GitHub did not say.
    """
    _require_sha(sha)
    try:
        pages = client.get_pages(f"/repos/{repository}/commits/{sha}/pulls?per_page=100", list[_Pull])
        # For an open pull request `merge_commit_sha` is the commit that GitHub tries the merge with.
        merged = [
            pull.value() for page in pages for pull in page if pull.merged_at and pull.merge_commit_sha == sha
        ]
    except NotFoundError:  # of a forge without this operation
        return []
    return sorted(merged, key=lambda pull: pull.number)


def named(name: str, labels: Sequence[str]) -> str | None:
    """The label of this name as it is written, None without one; to GitHub capitals make no difference."""
    return next((label for label in labels if name and label.casefold() == name.casefold()), None)


def who_labelled(client: GitHubClient, repository: str, number: int, label: str) -> str | None:
    """The login of who gave the pull request `label` last; None where it does not have it, or nobody can say.

    Raises:
        ServiceError: GitHub did not answer as it should.
    """
    who: str | None = None
    try:
        for event in _events(client, f"/repos/{repository}/issues/{number}/events?per_page=100"):
            if event.label is None or (event.label.name or "").casefold() != label.casefold():
                continue
            if event.event == "labeled":
                who = event.actor.login if event.actor else None
            elif event.event == "unlabeled":
                who = None
    except (ForbiddenError, NotFoundError):  # Gitea and Forgejo have no such list
        return None
    return who


def _require_sha(sha: str) -> None:
    if not _SHA.fullmatch(sha):
        raise ServiceError(f"this is not the hash of a commit: {sha[:80]!r}")


def _matching(client: GitHubClient, path: str, head_sha: str) -> list[Pull]:
    """What of a list is open and has this head: a server may ignore a filter that it does not know."""
    pulls = (pull.value() for page in client.get_pages(path, list[_Pull]) for pull in page)
    return [pull for pull in pulls if pull.state == "open" and pull.head_sha == head_sha]


def _events(client: GitHubClient, path: str) -> Iterable[_Event]:
    for page in client.get_pages(path, list[_Event]):
        yield from page
