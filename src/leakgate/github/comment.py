"""The one comment on a pull request: made once, found again, brought up to date."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

import msgspec

from leakgate.errors import ServiceError
from leakgate.github.client import GitHubClient
from leakgate.github.context import ActionsContext
from leakgate.github.failures import ForbiddenError

MAX_BODY = 60_000
"""Characters. GitHub refuses a comment of more than 65,536."""


class Action(StrEnum):
    """What was done."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class CommentOutcome:
    """Where the comment is and what was done to it."""

    url: str
    action: Action


class _User(msgspec.Struct, frozen=True):
    login: str
    type: str = ""


class _Comment(msgspec.Struct, frozen=True):
    id: int
    html_url: str
    body: str | None = None
    user: _User | None = None


def marker(key: str) -> str:
    """The HTML comment that a comment of ours starts with; invisible on the page.

    Args:
        key: Tells the comments of several jobs on one pull request apart. Any text.
    """
    return f"<!-- leakgate:comment key={quote(key, safe='')} -->"


def post(
    client: GitHubClient, context: ActionsContext, body: str, key: str, *, create: bool = True
) -> CommentOutcome | None:
    """Make the pull request's comment say `body`.

    Args:
        client: Connected to `context.api_url`.
        context: With a pull request.
        body: Markdown, trimmed by the caller.
        key: Tells the comments of several jobs on one pull request apart.
        create: Whether to make a comment where there is none.

    Returns:
        What was done; None where there is no comment and none was wanted.

    Raises:
        ServiceError: There is no pull request, the body is too long, or GitHub did not do it.
    """
    if context.pull_request is None:
        raise ServiceError(f"the event {context.event} has no pull request to comment on")
    text = _normal(f"{marker(key)}\n{body}")
    if len(text) > MAX_BODY:
        raise ServiceError(f"the comment has {len(text):,} characters; at most {MAX_BODY:,} are posted")
    issues = f"/repos/{context.repository}/issues"
    comments = f"{issues}/{context.pull_request}/comments"
    old = _find(client, f"{comments}?per_page=100", marker(key))
    if old is None:
        if not create:
            return None
        new = client.post(
            comments, {"body": text}, _Comment, look=lambda: _find(client, f"{comments}?per_page=100", marker(key))
        )
        return CommentOutcome(new.html_url, Action.CREATED)
    if _normal(old.body or "") == text:
        return CommentOutcome(old.html_url, Action.UNCHANGED)
    new = client.patch(f"{issues}/comments/{old.id}", {"body": text}, _Comment)
    return CommentOutcome(new.html_url, Action.UPDATED)


def _find(client: GitHubClient, path: str, mark: str) -> _Comment | None:
    """The oldest comment that starts with `mark` and that we wrote: anyone can paste a marker."""
    me: str | None = None
    for page in client.get_pages(path, list[_Comment]):
        for comment in page:
            if comment.user is None or not (comment.body or "").startswith(mark):
                continue
            if comment.user.type == "Bot":
                return comment
            me = _login(client) if me is None else me
            if comment.user.login == me:
                return comment
    return None


def _login(client: GitHubClient) -> str:
    """Whose token this is; empty for a workflow's own token, which may not ask and belongs to a bot."""
    try:
        return client.get("/user", _User).login
    except ForbiddenError:
        return ""


def _normal(text: str) -> str:
    """`text` as GitHub gives it back: it keeps neither other line ends nor space at the end."""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").rstrip()
