"""The server: stateful, threaded, and keeping a record of all that was said."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

ROOT = "/api/v3"
"""The API's path, as on GitHub Enterprise: whoever forgets the path of GITHUB_API_URL gets a 404."""

Json = Any


@dataclass(frozen=True)
class User:
    """An account; a workflow's own token belongs to `github-actions[bot]`."""

    login: str
    type: str


ACTIONS_BOT = User("github-actions[bot]", "Bot")


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
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json
    status: int
    answer: Json


@dataclass
class Comment:
    """One comment on the pull request."""

    id: int
    author: User
    body: str


@dataclass
class GitHub:
    """What the server knows, and what it was asked. One repository with one pull request.

    Attributes:
        url: The API's base URL.
        tokens: Token → whose it is.
        comments: On the pull request, oldest first.
        exchanges: All requests and answers, in order.
    """

    url: str = ""
    repository: str = "octo/store"
    pull_request: int = 7
    tokens: dict[str, User] = field(default_factory=lambda: {"ghs_workflow": ACTIONS_BOT})
    comments: list[Comment] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def add_comment(self, author: User, body: str) -> Comment:
        """As if `author` had written `body` on the page."""
        comment = Comment(1001 + len(self.comments), author, body)
        self.comments.append(comment)
        return comment

    def writes(self) -> list[str]:
        """The requests that changed something, as `METHOD path`."""
        return [f"{said.method} {said.path}" for said in self.exchanges if said.method != "GET"]


@contextmanager
def serve() -> Iterator[GitHub]:
    """A running server, on a free port of this machine, until the block ends."""
    github = GitHub()
    handler = type("Handler", (_Handler,), {"github": github})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        github.url = f"http://127.0.0.1:{http.server_port}{ROOT}"
        thread = Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield github
        finally:
            http.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    github: ClassVar[GitHub]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gave it
        """Keep quiet: the record is in `GitHub.exchanges`."""

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        path = url.path.removeprefix(ROOT) if url.path.startswith(ROOT) else "/outside-the-api" + url.path
        asked = _Request(self.command, path, dict(parse_qsl(url.query)), json.loads(raw) if raw else None)
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.github.lock:
            user = self.github.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
            answer = _answer(self.github, user, asked) if user else _error(401, "Bad credentials")
            self.github.exchanges.append(
                Exchange(asked.method, path, asked.query, headers, asked.body, answer.status, answer.body)
            )
        content = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str]
    body: Json


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


def _answer(github: GitHub, user: User, asked: _Request) -> _Answer:
    issues = f"/repos/{github.repository}/issues"
    comments = f"{issues}/{github.pull_request}/comments"
    match asked.method, asked.path:
        case "GET", "/user":
            return _profile(user)
        case "GET", path if path == comments:
            return _list(github, comments, asked.query)
        case "POST", path if path == comments:
            return _write(github, asked.body, lambda text: (201, github.add_comment(user, text)))
        case "PATCH", path if match := re.fullmatch(re.escape(issues) + r"/comments/(\d+)", path):
            for comment in github.comments:
                if comment.id == int(match[1]):
                    return _write(github, asked.body, lambda text: (200, _edit(comment, text)))  # noqa: B023 - called at once
    return _error(404, "Not Found")


def _profile(user: User) -> _Answer:
    if user.type == "Bot":
        return _error(403, "Resource not accessible by integration")
    return _Answer(200, {**_user(user), **_PROFILE})


def _list(github: GitHub, path: str, query: Mapping[str, str]) -> _Answer:
    size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
    shown = github.comments[(page - 1) * size : page * size]
    headers = {}
    if page * size < len(github.comments):
        headers["Link"] = f'<{github.url}{path}?per_page={size}&page={page + 1}>; rel="next"'
    return _Answer(200, [_comment(github, comment) for comment in shown], headers)


def _write(github: GitHub, body: Json, write: Callable[[str], tuple[int, Comment]]) -> _Answer:
    text = body.get("body") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text.strip() or len(text) > 65_536:
        return _error(422, "Validation Failed")
    status, comment = write(text.rstrip())
    return _Answer(status, _comment(github, comment))


def _edit(comment: Comment, text: str) -> Comment:
    comment.body = text
    return comment


def _error(status: int, message: str) -> _Answer:
    return _Answer(status, {"message": message, "documentation_url": "https://docs.github.com/rest"})


def _comment(github: GitHub, comment: Comment) -> Json:
    issue = f"{github.url}/repos/{github.repository}/issues/{github.pull_request}"
    page = f"https://github.com/{github.repository}/pull/{github.pull_request}"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": f"{github.url}/repos/{github.repository}/issues/comments/{comment.id}",
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": issue,
        "user": _user(comment.author),
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "author_association": "CONTRIBUTOR",
        "body": comment.body,
        "performed_via_github_app": None,
    }


def _user(user: User) -> Json:
    url = "https://api.github.com/users/" + user.login
    links = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
    return {
        "login": user.login,
        "id": 41898282,
        "node_id": "MDM6Qm90NDE4OTgyODI=",
        "avatar_url": "https://avatars.githubusercontent.com/in/15368",
        "gravatar_id": "",
        "url": url,
        "html_url": "https://github.com/" + user.login,
        **{f"{link}_url": f"{url}/{link}" for link in links},
        "received_events_url": url + "/received_events",
        "type": user.type,
        "site_admin": False,
    }


_PROFILE: Json = {
    **dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"), None),
    **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
    "blog": "",
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}
