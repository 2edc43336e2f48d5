"""What the server knows of its one repository, as a test sets it up and looks at it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, RLock
from typing import Any

from github_server.faults import Fault, Planned

Json = Any

RIGHTS = frozenset({"pull-requests", "checks"})


@dataclass(frozen=True)
class User:
    """An account; a workflow's own token belongs to `github-actions[bot]`.

    Attributes:
        login: Its name.
        type: `Bot` or `User`.
        rights: What it may write; a token of a fork's run has none.
    """

    login: str
    type: str
    rights: frozenset[str] = RIGHTS


ACTIONS_BOT = User("github-actions[bot]", "Bot")
READ_ONLY_BOT = User("github-actions[bot]", "Bot", frozenset())


@dataclass(frozen=True)
class Exchange:
    """One request and what was answered.

    Attributes:
        method: `GET` and so on.
        path: Below the API's root, without the query.
        query: The query's fields.
        headers: The request's headers, by lower-case name.
        body: The request's JSON, None without one.
        status: Answered.
        answer: The answer's JSON.
        fault: Whether a fault was planned for it, so that the answer is none of the API's.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json
    status: int
    answer: Json
    fault: bool = False


@dataclass
class Comment:
    """One comment on a pull request."""

    id: int
    author: User
    body: str


@dataclass(frozen=True)
class LabelEvent:
    """Somebody gave a pull request a label, or took it away."""

    event: str
    label: str
    actor: User


@dataclass
class Pull:
    """A pull request. `head_repository` is another one for a fork's, and None when the fork is gone.

    `merged_as` is the commit that its branch came to by it.
    """

    number: int
    head_sha: str = "a" * 40
    head_ref: str = "feature"
    head_repository: str | None = "octo/store"
    base_ref: str = "main"
    state: str = "open"
    merged_as: str | None = None
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    events: list[LabelEvent] = field(default_factory=list)

    def merge(self, commit: str) -> None:
        """It is merged, and its branch is at `commit`."""
        self.state, self.merged_as = "closed", commit

    def label(self, name: str, by: User) -> None:
        """`by` gives it the label."""
        self.labels.append(name)
        self.events.append(LabelEvent("labeled", name, by))

    def unlabel(self, name: str, by: User) -> None:
        """`by` takes the label away."""
        self.labels.remove(name)
        self.events.append(LabelEvent("unlabeled", name, by))


@dataclass
class CheckRun:
    """A check run; `fields` is what was sent to make and to change it."""

    id: int
    fields: dict[str, Json]


@dataclass(frozen=True)
class WorkflowRun:
    """One run of a workflow."""

    id: int
    head_sha: str
    head_branch: str = "main"
    event: str = "push"
    status: str = "completed"
    conclusion: str | None = "success"
    workflow: str = "ci.yml"
    head_repository: str = "octo/store"
    created_at: str = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Artifact:
    """A file that a workflow run has left; `content` is the zip."""

    id: int
    run: int
    name: str
    content: bytes
    expired: bool = False


@dataclass
class GitHub:
    """What the server knows, and what it was asked.

    Attributes:
        url: The API's base URL.
        storage_url: Where artifacts are downloaded from; another port.
        repository: The one that there is.
        pull_request: The number of the pull request that there is at the start.
        tokens: Token → whose it is.
        pulls: Number → pull request.
        check_runs: Oldest first.
        runs: Workflow runs, oldest first.
        artifacts: Of all runs, oldest first.
        has_checks: Whether there is a Checks API, which Gitea and Forgejo lack.
        exchanges: All requests and answers, in order.
        downloads: The headers of each request to the storage.
        faults: What is planned to go wrong.
    """

    url: str = ""
    storage_url: str = ""
    repository: str = "octo/store"
    pull_request: int = 7
    tokens: dict[str, User] = field(default_factory=lambda: {"ghs_workflow": ACTIONS_BOT})
    pulls: dict[int, Pull] = field(default_factory=lambda: {7: Pull(7)})
    check_runs: list[CheckRun] = field(default_factory=list)
    runs: list[WorkflowRun] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    has_checks: bool = True
    exchanges: list[Exchange] = field(default_factory=list)
    downloads: list[Mapping[str, str]] = field(default_factory=list)
    faults: list[Planned] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)
    closing: Event = field(default_factory=Event)
    made: int = 0

    @property
    def comments(self) -> list[Comment]:
        """On the pull request that there is at the start, oldest first."""
        return self.pulls[self.pull_request].comments

    def add_comment(self, author: User, body: str, pull: int | None = None) -> Comment:
        """As if `author` had written `body` on the page."""
        self.made += 1
        comment = Comment(1000 + self.made, author, body)
        self.pulls[self.pull_request if pull is None else pull].comments.append(comment)
        return comment

    def plan(self, method: str, path: str, *faults: Fault) -> None:
        """The next requests of `method` whose path ends with `path` meet these faults, one after the other."""
        self.faults.extend(Planned(method, path, fault) for fault in faults)

    def change_before(self, method: str, path: str, change: Callable[["GitHub"], object]) -> None:
        """Something else happens just before the next such request is answered."""
        self.plan(method, path, Fault(change=lambda: change(self)))

    def writes(self) -> list[str]:
        """The requests that should change something, as `METHOD path`."""
        return [f"{said.method} {said.path}" for said in self.exchanges if said.method != "GET"]
