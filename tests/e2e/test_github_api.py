"""What leakgate sends to GitHub, and what the tests' local server answers, against GitHub's own description.

Needs `npm ci` done in `tests/`; `.ci/run` sees to that.
"""

from dataclasses import replace

import pytest

from github_server.openapi import Description
from github_server.server import ACTIONS_BOT, Exchange, GitHub, User, serve
from leakgate.github.client import connect
from leakgate.github.comment import marker, post
from leakgate.github.context import ActionsContext

pytestmark = pytest.mark.ci


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """Every kind of request: a comment made, found on the second page, left alone, changed, by two authors."""
    with serve() as github:
        github.tokens["ghp_person"] = User("ada", "User")
        for number in range(120):
            github.add_comment(User("mallory", "User"), f"{marker('memory')} {number}")
        for token in ("ghp_person", "ghs_workflow"):
            for body in ("grew", "grew", "healthy"):
                with connect(github.url, token) as client:
                    post(client, _context(github), body, "memory")
        assert [comment.author for comment in github.comments[120:]] == [User("ada", "User"), ACTIONS_BOT]
        return github.exchanges


def test_all_that_is_said_is_as_github_describes_it(description: Description, exchanges: list[Exchange]) -> None:
    said = {(exchange.method, exchange.path.rstrip("0123456789"), exchange.status) for exchange in exchanges}
    assert said == {
        ("GET", "/user", 200),
        ("GET", "/user", 403),
        ("GET", "/repos/octo/store/issues/7/comments", 200),
        ("POST", "/repos/octo/store/issues/7/comments", 201),
        ("PATCH", "/repos/octo/store/issues/comments/", 200),
    }
    assert [problem for exchange in exchanges for problem in description.problems(exchange)] == []


def test_the_check_notices_what_is_wrong(description: Description, exchanges: list[Exchange]) -> None:
    listed = next(exchange for exchange in exchanges if exchange.query)
    made = next(exchange for exchange in exchanges if exchange.method == "POST")
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
        (replace(made, path="/repos/octo/comments"), "POST /repos/octo/comments: no such operation"),
    ]
    for exchange, problem in wrong:
        assert description.problems(exchange) == [problem]


def _context(github: GitHub) -> ActionsContext:
    return ActionsContext(
        repository=github.repository,
        api_url=github.url,
        event="pull_request",
        pull_request=7,
        job="memory",
        step_summary=None,
        output=None,
    )
