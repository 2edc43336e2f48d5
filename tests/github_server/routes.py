"""What the API answers: one function an operation, found in one table."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from github_server import shapes
from github_server.faults import FORBIDDEN, Answer, error
from github_server.state import CheckRun, Comment, GitHub, Pull, User

Json = Any


@dataclass(frozen=True)
class Request:
    """What was asked, by whom; `ids` are the parts of the path that differ from request to request."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json
    user: User
    ids: Sequence[str] = ()


def answer(github: GitHub, asked: Request) -> Answer:
    """What the API answers, with the effect that the request has."""
    within = asked.path.removeprefix(f"/repos/{github.repository}")
    for method, pattern, right, operation in _OPERATIONS:
        match = re.fullmatch(pattern, within)
        if match and method == asked.method:
            if right is not None and right not in asked.user.rights:
                return FORBIDDEN
            return operation(github, Request(**{**vars(asked), "ids": match.groups()}))
    return _MISSING


_MISSING = error(404, "Not Found")


def _profile(_: GitHub, asked: Request) -> Answer:
    return FORBIDDEN if asked.user.type == "Bot" else Answer(200, shapes.profile(asked.user))


def _pull(github: GitHub, asked: Request) -> Answer:
    pull = github.pulls.get(int(asked.ids[0]))
    return Answer(200, shapes.pull_alone(github, pull)) if pull else _MISSING


def _pulls(github: GitHub, asked: Request) -> Answer:
    state, head = asked.query.get("state", "open"), asked.query.get("head")
    found = [pull for pull in github.pulls.values() if state in {"all", pull.state}]
    if head is not None:
        found = [
            pull for pull in found if head == f"{(pull.head_repository or '/').split('/')[0]}:{pull.head_ref}"
        ]
    return _page(github, asked, [shapes.pull_in_list(github, pull) for pull in found])


def _pulls_of_commit(github: GitHub, asked: Request) -> Answer:
    """As GitHub's, this finds no pull request of a fork before it is merged."""
    found = [
        pull
        for pull in github.pulls.values()
        if pull.merged_as == asked.ids[0]
        or (pull.head_sha == asked.ids[0] and pull.head_repository == github.repository)
    ]
    return _page(github, asked, [shapes.pull_in_list(github, pull) for pull in found])


def _events(github: GitHub, asked: Request) -> Answer:
    pull = github.pulls.get(int(asked.ids[0]))
    if pull is None:
        return _MISSING
    return _page(github, asked, [shapes.label_event(*entry) for entry in enumerate(pull.events, start=1)])


def _comments(github: GitHub, asked: Request) -> Answer:
    pull = github.pulls.get(int(asked.ids[0]))
    if pull is None:
        return _MISSING
    return _page(github, asked, [shapes.comment(github, pull, comment) for comment in pull.comments])


def _make_comment(github: GitHub, asked: Request) -> Answer:
    pull = github.pulls.get(int(asked.ids[0]))
    if pull is None:
        return _MISSING
    text = _text(asked.body)
    if text is None:
        return _INVALID
    return Answer(201, shapes.comment(github, pull, github.add_comment(asked.user, text, pull.number)))


def _edit_comment(github: GitHub, asked: Request) -> Answer:
    pull, comment = _find_comment(github, int(asked.ids[0]))
    if pull is None or comment is None:
        return _MISSING
    text = _text(asked.body)
    if text is None:
        return _INVALID
    comment.body = text
    return Answer(200, shapes.comment(github, pull, comment))


def _delete_comment(github: GitHub, asked: Request) -> Answer:
    pull, comment = _find_comment(github, int(asked.ids[0]))
    if pull is None or comment is None:
        return _MISSING
    pull.comments.remove(comment)
    return Answer(204, None)


def _find_comment(github: GitHub, number: int) -> tuple[Pull | None, Comment | None]:
    for pull in github.pulls.values():
        for comment in pull.comments:
            if comment.id == number:
                return pull, comment
    return None, None


_INVALID = error(422, "Validation Failed")


def _text(body: Json) -> str | None:
    """A comment's text as GitHub keeps it; None where it refuses it."""
    text = body.get("body") if isinstance(body, dict) else None
    return text.rstrip() if isinstance(text, str) and text.strip() and len(text) <= 65_536 else None


def _make_check_run(github: GitHub, asked: Request) -> Answer:
    if not github.has_checks:
        return _MISSING
    if not isinstance(asked.body, dict) or not {"name", "head_sha"} <= asked.body.keys():
        return _INVALID
    run = CheckRun(3001 + len(github.check_runs), dict(asked.body))
    github.check_runs.append(run)
    return Answer(201, shapes.check_run(github, run))


def _edit_check_run(github: GitHub, asked: Request) -> Answer:
    for run in github.check_runs:
        if run.id == int(asked.ids[0]):
            run.fields.update(asked.body)
            return Answer(200, shapes.check_run(github, run))
    return _MISSING


def _check_run(github: GitHub, asked: Request) -> Answer:
    for run in github.check_runs:
        if run.id == int(asked.ids[0]):
            return Answer(200, shapes.check_run(github, run))
    return _MISSING


def _check_runs_of_commit(github: GitHub, asked: Request) -> Answer:
    if not github.has_checks:
        return _MISSING
    found = [
        shapes.check_run(github, run)
        for run in github.check_runs
        if run.fields["head_sha"] == asked.ids[0]
        and asked.query.get("check_name", run.fields["name"]) == run.fields["name"]
    ]
    return _page(github, asked, found, "check_runs")


def _run(github: GitHub, asked: Request) -> Answer:
    for run in github.runs:
        if run.id == int(asked.ids[0]):
            return Answer(200, shapes.workflow_run(github, run))
    return _MISSING


def _runs(github: GitHub, asked: Request) -> Answer:
    """Newest first. `status` is a status or a conclusion."""
    query = asked.query
    found = [
        shapes.workflow_run(github, run)
        for run in reversed(github.runs)
        if (not asked.ids or asked.ids[0] in {run.workflow, "1"})
        and query.get("branch", run.head_branch) == run.head_branch
        and query.get("event", run.event) == run.event
        and query.get("head_sha", run.head_sha) == run.head_sha
        and query.get("status", run.status) in {run.status, run.conclusion}
    ]
    return _page(github, asked, found, "workflow_runs")


def _artifacts(github: GitHub, asked: Request) -> Answer:
    """Of one run, or of all; newest first."""
    found = [
        shapes.artifact(github, artifact)
        for artifact in reversed(github.artifacts)
        if (not asked.ids or artifact.run == int(asked.ids[0]))
        and asked.query.get("name", artifact.name) == artifact.name
    ]
    return _page(github, asked, found, "artifacts")


def _zip(github: GitHub, asked: Request) -> Answer:
    for artifact in github.artifacts:
        if artifact.id == int(asked.ids[0]):
            if artifact.expired:
                return error(410, "Artifact has expired")
            return Answer(302, None, {"Location": f"{github.storage_url}/{artifact.id}?sig=SIGNATURE"})
    return _MISSING


def _page(github: GitHub, asked: Request, entries: Iterable[Json], name: str | None = None) -> Answer:
    """One page of a list: an array, or with `name` an object that counts them."""
    everything = list(entries)
    size, page = min(int(asked.query.get("per_page", 30)), 100), int(asked.query.get("page", 1))
    shown = everything[(page - 1) * size : page * size]
    headers = {}
    if page * size < len(everything):
        query = "&".join(f"{key}={value}" for key, value in asked.query.items() if key != "page")
        headers["Link"] = f'<{github.url}{asked.path}?{query}&page={page + 1}>; rel="next"'
    body = shown if name is None else {"total_count": len(everything), name: shown}
    return Answer(200, body, headers)


_OPERATIONS: Sequence[tuple[str, str, str | None, Callable[[GitHub, Request], Answer]]] = [
    ("GET", r"/user", None, _profile),
    ("GET", r"/pulls/(\d+)", None, _pull),
    ("GET", r"/pulls", None, _pulls),
    ("GET", r"/commits/(\w+)/pulls", None, _pulls_of_commit),
    ("GET", r"/issues/(\d+)/events", None, _events),
    ("GET", r"/issues/(\d+)/comments", None, _comments),
    ("POST", r"/issues/(\d+)/comments", "pull-requests", _make_comment),
    ("PATCH", r"/issues/comments/(\d+)", "pull-requests", _edit_comment),
    ("DELETE", r"/issues/comments/(\d+)", "pull-requests", _delete_comment),
    ("POST", r"/check-runs", "checks", _make_check_run),
    ("PATCH", r"/check-runs/(\d+)", "checks", _edit_check_run),
    ("GET", r"/check-runs/(\d+)", None, _check_run),
    ("GET", r"/commits/(\w+)/check-runs", None, _check_runs_of_commit),
    ("GET", r"/actions/runs", None, _runs),
    ("GET", r"/actions/runs/(\d+)", None, _run),
    ("GET", r"/actions/workflows/([^/]+)/runs", None, _runs),
    ("GET", r"/actions/runs/(\d+)/artifacts", None, _artifacts),
    ("GET", r"/actions/artifacts", None, _artifacts),
    ("GET", r"/actions/artifacts/(\d+)/zip", None, _zip),
]
"""Method, path below the repository, the right that it takes, and what it does."""
