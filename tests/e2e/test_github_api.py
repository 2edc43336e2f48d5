"""What leakgate sends to GitHub, and what the tests' local server answers, against GitHub's own description.

Needs `npm ci` done in `tests/`; `.ci/run` sees to that.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from github_server.clock import Clock
from github_server.openapi import DESCRIPTION, Description, oldest_ghes
from github_server.server import serve
from github_server.state import ACTIONS_BOT, READ_ONLY_BOT, Artifact, Exchange, GitHub, User, WorkflowRun
from leakgate.comparison.result import Verdict
from leakgate.github import checks, pulls
from leakgate.github.client import GitHubClient, connect
from leakgate.github.comment import Draft, marker, post_draft

pytestmark = pytest.mark.ci

A = "a" * 40
STORE = "octo/store"
ADA = User("ada", "User")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module", params=["github.com", "the oldest GHES"])
def description(request: pytest.FixtureRequest) -> Description:
    return Description(DESCRIPTION if request.param == "github.com" else oldest_ghes())


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """Every kind of request that leakgate makes."""
    with serve() as github:
        github.tokens |= {"ghp_person": ADA, "ghs_fork": READ_ONLY_BOT}
        for number in range(120):
            github.add_comment(User("mallory", "User"), f"{marker('memory')}\n{number}")
        for token in ("ghp_person", "ghs_workflow", "ghs_fork"):
            with connect(github.url, token, patience=Clock().patience()) as client:
                if token != "ghs_fork":
                    _comment(client)
                    _leave_one_comment(github, client)
                _check(client)
        with connect(github.url, "ghs_workflow", patience=Clock().patience()) as client:
            _look_for_pull_requests(github, client)
            _look_for_artifacts(github, client)
        return github.exchanges


def _comment(client: GitHubClient) -> None:
    """Made, found on the second page, left alone, changed."""
    for body in ("grew", "grew", "healthy"):
        draft = Draft(Verdict.FAIL, A, lambda _, body=body: body)  # type: ignore[misc] # a default, not a parameter
        post_draft(client, STORE, 7, draft, "memory")


def _leave_one_comment(github: GitHub, client: GitHubClient) -> None:
    github.add_comment(ACTIONS_BOT, f"{marker('memory')}\nfrom a race")
    _comment(client)


def _check(client: GitHubClient) -> None:
    name = checks.name("memory")
    run = checks.start(client, STORE, A, name, now=NOW, details_url="https://github.com/octo/store/actions/runs/1")
    if run:
        checks.complete(client, run, checks.Conclusion.FAILURE, "2 tests grew", "# Grew", now=NOW)


def _look_for_pull_requests(github: GitHub, client: GitHubClient) -> None:
    github.pulls[7].label("leakgate: accept", ADA)
    assert pulls.read(client, STORE, 7).labels == ("leakgate: accept",)
    assert pulls.who_labelled(client, STORE, 7, "leakgate: accept") == "ada"
    assert [pull.number for pull in pulls.find_by_head(client, STORE, A, "octo", "feature")] == [7]
    assert [pull.number for pull in pulls.find_by_head(client, STORE, A, "octo", "renamed")] == [7]
    github.pulls[7].merge(A)
    assert [pull.number for pull in pulls.merged_as(client, STORE, A)] == [7]
    assert pulls.read(client, STORE, 7).state == "closed"


def _look_for_artifacts(github: GitHub, client: GitHubClient) -> None:
    """What the server can answer of artifacts; `test_artifacts` has what leakgate asks."""
    github.runs.append(WorkflowRun(21, A))
    github.artifacts += [Artifact(31, 21, "leakgate", b"PK"), Artifact(32, 21, "leakgate", b"", expired=True)]
    actions = f"/repos/{STORE}/actions"
    for path in (
        "/workflows/ci.yml/runs?branch=main&status=success&per_page=1",
        "/runs/21",
        f"/runs?head_sha={A}&event=push",
        "/runs/21/artifacts?name=leakgate&per_page=100",
        "/artifacts?name=leakgate",
    ):
        client.get(actions + path, object)
    assert client.download(f"{actions}/artifacts/31/zip", most=2) == b"PK"


def test_every_kind_of_request_is_among_what_is_checked(exchanges: list[Exchange]) -> None:
    said = {
        f"{exchange.method} {re.sub(r'/(?:[0-9]+|a{40})(?=/|$)', '/_', exchange.path)} {exchange.status}"
        for exchange in exchanges
    }
    assert said == {
        "GET /user 200",
        "GET /user 403",
        "GET /repos/octo/store/pulls 200",
        "GET /repos/octo/store/pulls/_ 200",
        "GET /repos/octo/store/commits/_/pulls 200",
        "GET /repos/octo/store/issues/_/events 200",
        "GET /repos/octo/store/issues/_/comments 200",
        "POST /repos/octo/store/issues/_/comments 201",
        "PATCH /repos/octo/store/issues/comments/_ 200",
        "DELETE /repos/octo/store/issues/comments/_ 204",
        "POST /repos/octo/store/check-runs 201",
        "POST /repos/octo/store/check-runs 403",
        "PATCH /repos/octo/store/check-runs/_ 200",
        "GET /repos/octo/store/actions/runs 200",
        "GET /repos/octo/store/actions/runs/_ 200",
        "GET /repos/octo/store/actions/runs/_/artifacts 200",
        "GET /repos/octo/store/actions/workflows/ci.yml/runs 200",
        "GET /repos/octo/store/actions/artifacts 200",
        "GET /repos/octo/store/actions/artifacts/_/zip 302",
    }


def test_all_that_is_said_is_as_github_describes_it(description: Description, exchanges: list[Exchange]) -> None:
    problems = [problem for exchange in exchanges for problem in description.problems(exchange)]
    # GitHub does not describe that a token may not make a check run; it answers so to every fork's.
    assert problems == ["POST /repos/{owner}/{repo}/check-runs: answered 403, which is not described"]


def test_the_check_notices_what_is_wrong(description: Description, exchanges: list[Exchange]) -> None:
    listed = next(exchange for exchange in exchanges if exchange.path.endswith("/issues/7/comments"))
    made = next(exchange for exchange in exchanges if exchange.path == listed.path and exchange.method == "POST")
    deleted = next(exchange for exchange in exchanges if exchange.method == "DELETE")
    comments = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments"
    make = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments"
    wrong = [
        (
            replace(listed, query={"per_page": "many"}),
            f"{comments}: query per_page: $: 'many' is not of type 'integer'",
        ),
        (replace(listed, query={"perpage": "100"}), f"{comments}: unknown query parameter perpage"),
        (
            replace(listed, answer=[{**listed.answer[0], "id": "1"}]),
            f"{comments}: answer 200: $[0].id: '1' is not of type 'integer'",
        ),
        (replace(made, body={"text": "x"}), f"{make}: request: $: 'body' is a required property"),
        (replace(made, body=None), f"{make}: has no body"),
        (replace(made, headers={}), f"{make}: the body is not announced as JSON"),
        (replace(made, status=200), f"{make}: answered 200, which is not described"),
        (
            replace(deleted, answer={}),
            "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}: answer 204: has a body, and should not",
        ),
        (replace(made, path="/repos/octo/comments"), "POST /repos/octo/comments: no such operation"),
    ]
    for exchange, problem in wrong:
        assert description.problems(exchange) == [problem]
