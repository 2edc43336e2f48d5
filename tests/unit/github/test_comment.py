from collections.abc import Iterator

import pytest

from github_server.server import ACTIONS_BOT, GitHub, User, serve
from leakgate.errors import ServiceError
from leakgate.github.client import connect
from leakgate.github.comment import MAX_BODY, Action, CommentOutcome, marker, post
from leakgate.github.context import ActionsContext

STRANGER = User("mallory", "User")
MARK = "<!-- leakgate:comment key=memory -->"


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serve() as github:
        yield github


def say(github: GitHub, body: str, key: str = "memory", token: str = "ghs_workflow") -> CommentOutcome:
    with connect(github.url, token) as client:
        outcome = post(client, context(github), body, key)
    assert outcome is not None
    return outcome


def context(github: GitHub, event: str = "pull_request") -> ActionsContext:
    return ActionsContext(
        repository=github.repository,
        api_url=github.url,
        event=event,
        pull_request=7 if event == "pull_request" else None,
        job="memory",
        step_summary=None,
        output=None,
    )


def bodies(github: GitHub) -> list[str]:
    return [comment.body for comment in github.comments]


def test_one_comment_is_made_kept_and_brought_up_to_date(github: GitHub) -> None:
    url = "https://github.com/octo/store/pull/7#issuecomment-1001"
    assert say(github, "grew\r\n") == CommentOutcome(url, Action.CREATED)
    assert say(github, "grew\n\n") == CommentOutcome(url, Action.UNCHANGED)
    assert say(github, "healthy") == CommentOutcome(url, Action.UPDATED)
    assert bodies(github) == [f"{MARK}\nhealthy"]
    assert github.writes() == [
        "POST /repos/octo/store/issues/7/comments",
        "PATCH /repos/octo/store/issues/comments/1001",
    ]


def test_where_none_is_wanted_only_the_one_that_is_there_is_brought_up_to_date(github: GitHub) -> None:
    with connect(github.url, "ghs_workflow") as client:
        assert post(client, context(github), "healthy", "memory", create=False) is None
        assert bodies(github) == []
        say(github, "grew")
        outcome = post(client, context(github), "healthy", "memory", create=False)
    assert outcome is not None
    assert outcome.action is Action.UPDATED
    assert bodies(github) == [f"{MARK}\nhealthy"]


def test_each_job_has_its_own(github: GitHub) -> None:
    say(github, "linux", "linux")
    say(github, "macos", "macos")
    say(github, "linux again", "linux")
    assert bodies(github) == [f"{marker('linux')}\nlinux again", f"{marker('macos')}\nmacos"]


def test_a_pasted_marker_does_not_catch_the_comment(github: GitHub) -> None:
    github.add_comment(STRANGER, f"{MARK}\nall is well")
    github.add_comment(ACTIONS_BOT, f"> {MARK}\nquoted by another bot")
    assert say(github, "grew").action is Action.CREATED
    assert say(github, "grew more").action is Action.UPDATED
    assert bodies(github)[:2] == [f"{MARK}\nall is well", f"> {MARK}\nquoted by another bot"]
    assert bodies(github)[2:] == [f"{MARK}\ngrew more"]


def test_a_persons_token_finds_its_own_comment(github: GitHub) -> None:
    github.tokens["ghp_person"] = User("ada", "User")
    github.add_comment(STRANGER, f"{MARK}\nall is well")
    assert say(github, "grew", token="ghp_person").action is Action.CREATED
    assert say(github, "healthy", token="ghp_person").action is Action.UPDATED
    assert bodies(github) == [f"{MARK}\nall is well", f"{MARK}\nhealthy"]


def test_it_is_found_behind_a_hundred_others(github: GitHub) -> None:
    for number in range(230):
        github.add_comment(STRANGER, f"comment {number}")
    say(github, "grew")
    assert say(github, "healthy").action is Action.UPDATED
    assert len(github.comments) == 231


@pytest.mark.parametrize("key", ["a --> <b>", "a/b: c", "ü", ""])
def test_no_key_ends_the_marker(key: str) -> None:
    assert marker(key).count("-->") == 1
    assert marker(key).endswith(" -->")
    assert marker("a b") != marker("a/b")


def test_a_name_that_is_not_utf8_does_not_cost_the_comment(github: GitHub) -> None:
    say(github, "test \udcff")
    assert bodies(github) == [f"{MARK}\ntest ?"]


def test_what_github_would_refuse_is_not_sent(github: GitHub) -> None:
    with pytest.raises(ServiceError) as caught:
        say(github, "x" * MAX_BODY)
    assert str(caught.value) == "the comment has 60,037 characters; at most 60,000 are posted"
    assert github.exchanges == []


def test_without_a_pull_request_there_is_nothing_to_comment_on(github: GitHub) -> None:
    with (
        connect(github.url, "ghs_workflow") as client,
        pytest.raises(ServiceError, match="the event push has no pull request to comment on"),
    ):
        post(client, context(github, "push"), "grew", "memory")


def test_a_wrong_token_is_named_and_not_shown(github: GitHub) -> None:
    with pytest.raises(ServiceError, match=r"GitHub refused the token \(401 Bad credentials\)") as caught:
        say(github, "grew", token="ghs_expired")
    assert "ghs_expired" not in str(caught.value)
