"""The one comment on a pull request: made once, found again, brought up to date.

Its first two lines are HTML comments, invisible on the page: a marker that says whose it is, and a state line that
says what it shows, from which a later run knows that a failure has been mended.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from urllib.parse import quote

import msgspec

from leakgate.comparison.result import Result, Status, Verdict
from leakgate.config import CommentMode
from leakgate.errors import ServiceError
from leakgate.github import pulls
from leakgate.github.client import GitHubClient
from leakgate.github.comment_state import Resolved, State, is_commit
from leakgate.github.failures import ForbiddenError, NotFoundError

MAX_BODY = 60_000
"""Characters. GitHub refuses a comment of more than 65,536."""

_ATTEMPTS = 3
"""How often a comment that somebody deletes under our hands is looked for."""

_FORGE_ACTIONS_USER = -2
"""The id of the account that Gitea's and Forgejo's runners act as; GitHub has no such ids.

https://github.com/go-gitea/gitea/blob/main/models/user/user_system.go
"""


class Action(StrEnum):
    """What was done."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"
    """Nothing: the pull request has a newer commit, whose own run will comment."""
    UNWANTED = "unwanted"
    """Nothing: there is no comment, and none was wanted."""


@dataclass(frozen=True, slots=True)
class CommentOutcome:
    """Where the comment is (empty where nothing was posted) and what was done to it."""

    url: str
    action: Action


@dataclass(frozen=True, slots=True)
class Draft:
    """What the comment shall say.

    Attributes:
        verdict: Of the check.
        head: The full hash of the pull request's commit that was checked.
        render: The body, Markdown, trimmed; given what the comment has to call resolved, if anything.
    """

    verdict: Verdict
    head: str
    render: Callable[[Resolved | None], str]


class _User(msgspec.Struct, frozen=True):
    login: str = ""
    id: int = 0
    type: str = ""


class _Comment(msgspec.Struct, frozen=True):
    id: int
    html_url: str = ""
    body: str | None = None
    user: _User | None = None

    @property
    def text(self) -> str:
        return _normal(self.body or "")

    @property
    def state(self) -> State | None:
        return State.parse("".join(self.text.split("\n")[1:2]))


def wants_comment(result: Result, mode: CommentMode) -> bool:
    """Whether the mode asks for a comment where there is none yet; an old one is brought up to date all the same.

    With `never` leakgate does not look at comments at all, so that an old one stays as it is.
    """
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


def marker(key: str) -> str:
    """The HTML comment that a comment of ours starts with; invisible on the page.

    Args:
        key: Tells the comments of several jobs on one pull request apart. Any text.
    """
    return f"<!-- leakgate:comment key={quote(key, safe='')} -->"


def post_draft(  # noqa: PLR0913 - where, what, and whose
    client: GitHubClient, repository: str, number: int, draft: Draft, key: str, *, create: bool = True
) -> CommentOutcome:
    """Make the pull request's comment say `draft`, unless its head has moved on.

    Afterwards there is one comment of this key, however many an earlier race has left.

    Args:
        client: Connected to the API.
        repository: The pull request's, `owner/name`.
        number: The pull request's.
        draft: What to say.
        key: Tells the comments of several jobs on one pull request apart.
        create: Whether to make a comment where there is none.

    Raises:
        ServiceError: The body is too long, or GitHub did not do it.
    """
    if not is_commit(draft.head):
        raise ServiceError(f"the checked commit has no full hash: {draft.head[:80]!r}")
    if pulls.read(client, repository, number).head_sha != draft.head:
        return CommentOutcome("", Action.OUTDATED)
    page = _Conversation(client, repository, number, marker(key))
    for _ in range(_ATTEMPTS):
        ours = page.find()
        if not ours:
            return page.begin(draft) if create else CommentOutcome("", Action.UNWANTED)
        outcome = page.keep_one(ours, draft)
        if outcome:
            return outcome
    raise ServiceError(f"the comment on #{number} is gone each time that it is changed")


class _Conversation:
    """The comments on one pull request."""

    def __init__(self, client: GitHubClient, repository: str, number: int, mark: str) -> None:
        self._client = client
        self._issues = f"/repos/{repository}/issues"
        self._comments = f"{self._issues}/{number}/comments"
        self._mark = mark
        self._me = cache(lambda: _login(client))

    def find(self) -> list[_Comment]:
        """The comments that start with our marker and that we wrote, oldest first: anyone can paste a marker."""
        pages = self._client.get_pages(f"{self._comments}?per_page=100", list[_Comment])
        found = [comment for page in pages for comment in page if self._is_ours(comment)]
        return sorted(found, key=lambda comment: comment.id)

    def begin(self, draft: Draft) -> CommentOutcome:
        """Make the comment, and see that it is alone."""
        body = self._body(State.after(None, draft.verdict, draft.head), draft)
        made = self._client.post(
            self._comments, {"body": body}, _Comment, look=lambda: next(iter(self.find()), None)
        )
        # Two runs that start at once (a pull request opened with a label) both find none and make one each. All
        # keep the oldest, so that the last one to look leaves one. An answer that was lost ends here as well.
        ours = self.find()
        outcome = self.keep_one(ours, draft) if ours else None
        return CommentOutcome(outcome.url if outcome else made.html_url, Action.CREATED)

    def keep_one(self, ours: list[_Comment], draft: Draft) -> CommentOutcome | None:
        """Bring the oldest up to date and delete the others; None where somebody else has just deleted it."""
        kept, *others = ours
        try:
            outcome = self._update(kept, draft)
        except NotFoundError:
            return None
        for comment in others:
            try:
                self._client.delete(f"{self._issues}/comments/{comment.id}")
            except ForbiddenError:
                break  # the one that counts is right all the same
        return outcome

    def _update(self, comment: _Comment, draft: Draft) -> CommentOutcome:
        old = comment.state
        state = State.after(old, draft.verdict, draft.head)
        body = self._body(state, draft)
        # Every push has another head: that alone is nothing to edit a comment for.
        as_before = replace(state, head=old.head) if old else state
        if comment.text == body.replace(str(state), str(as_before), 1):
            return CommentOutcome(comment.html_url, Action.UNCHANGED)
        self._client.patch(f"{self._issues}/comments/{comment.id}", {"body": body}, _Comment)
        return CommentOutcome(comment.html_url, Action.UPDATED)

    def _body(self, state: State, draft: Draft) -> str:
        text = _normal(f"{self._mark}\n{state}\n{draft.render(state.resolved)}")
        if len(text) > MAX_BODY:
            raise ServiceError(f"the comment has {len(text):,} characters; at most {MAX_BODY:,} are posted")
        return text

    def _is_ours(self, comment: _Comment) -> bool:
        user = comment.user
        if user is None or not comment.text.startswith(self._mark + "\n"):
            return False
        if (user.login, user.type) == ("github-actions[bot]", "Bot") or user.id == _FORGE_ACTIONS_USER:
            return True  # what a workflow's own token writes; it may not ask who it is
        return user.login == self._me() if self._me() else user.type == "Bot"


def _login(client: GitHubClient) -> str:
    """Whose token this is; empty for an app's, which may not ask and belongs to a bot."""
    try:
        return client.get("/user", _User).login
    except (ForbiddenError, NotFoundError):
        return ""


def _normal(text: str) -> str:
    """`text` as GitHub gives it back: it keeps neither other line ends nor space at the end."""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").rstrip()
