from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from github_server import faults
from github_server.clock import Clock
from github_server.faults import Answer, Fault
from github_server.server import serve
from github_server.state import GitHub, User
from github_server.state import Pull as ServerPull
from leakgate.errors import ServiceError
from leakgate.github.client import GitHubClient, connect
from leakgate.github.failures import NotFoundError
from leakgate.github.pulls import Pull, find_by_head, merged_as, read, who_labelled

A, B = "a" * 40, "b" * 40
STORE = "octo/store"
ADA, BOB = User("ada", "User"), User("bob", "User")
PULL = Pull(number=7, head_sha=A, head_repository="octo/store", state="open", labels=("leakgate: accept",))


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serve() as github:
        yield github


@contextmanager
def client(github: GitHub) -> Iterator[GitHubClient]:
    with connect(github.url, "ghs_workflow", patience=Clock().patience()) as client:
        yield client


def find(github: GitHub, sha: str = A, owner: str = "octo", branch: str = "feature") -> list[int]:
    with client(github) as connected:
        return [pull.number for pull in find_by_head(connected, STORE, sha, owner, branch)]


def test_a_pull_request_is_read(github: GitHub) -> None:
    github.pulls[7].label("leakgate: accept", ADA)
    with client(github) as connected:
        assert read(connected, STORE, 7) == PULL
        with pytest.raises(NotFoundError, match="GitHub does not find it"):
            read(connected, STORE, 8)


def test_a_pull_request_of_a_fork_that_is_gone_is_read(github: GitHub) -> None:
    github.pulls[7].head_repository = None
    with client(github) as connected:
        assert read(connected, STORE, 7) == replace(PULL, head_repository=None, labels=())


def test_a_fork_s_pull_request_is_found_by_its_head(github: GitHub) -> None:
    github.pulls[8] = ServerPull(8, head_repository="ada/store", head_sha=B, head_ref="a b&state=closed")
    github.pulls[9] = ServerPull(9, head_repository="bob/store", head_sha=B, head_ref="a b&state=closed")
    assert find(github, B, "ada", "a b&state=closed") == [8]
    assert find(github, A, "ada", "a b&state=closed") == [7]  # by the commit alone: the branch has moved on


def test_one_commit_may_be_proposed_to_two_branches(github: GitHub) -> None:
    github.pulls[6] = ServerPull(6, base_ref="stable")
    github.pulls[8] = ServerPull(8, state="closed")
    assert find(github) == [6, 7]


def test_a_branch_that_was_renamed_is_found_by_its_commit(github: GitHub) -> None:
    assert find(github, branch="old-name") == [7]


def test_a_commit_that_is_no_head_finds_nothing(github: GitHub) -> None:
    assert find(github, B) == []
    github.plan("GET", "/pulls", Fault(), Fault(faults.error(404, "Not Found")))
    assert find(github, B) == []


def test_what_is_no_hash_is_not_asked_for(github: GitHub) -> None:
    with pytest.raises(ServiceError, match=r"this is not the hash of a commit: '\.\./\.\./user'"):
        find(github, "../../user")
    assert github.exchanges == []


def test_gitea_s_answers_will_do(github: GitHub) -> None:
    """No filter by head, labels that are null, and no list of events."""
    side = {"label": "feature", "ref": "feature", "sha": A, "repo_id": 1, "repo": {"full_name": "octo/store"}}
    base = {**side, "ref": "main", "sha": B}
    pull = {"number": 7, "head": side, "base": base, "state": "open", "labels": None, "mergeable": True}
    other = {**pull, "number": 8, "head": {**side, "sha": B, "repo": None}}
    github.plan("GET", "/pulls", Fault(Answer(200, [pull, other])))
    assert find(github) == [7]
    github.plan("GET", "/events", Fault(faults.error(404, "Not Found")))
    with client(github) as connected:
        assert who_labelled(connected, STORE, 7, "x") is None


def test_the_pull_requests_that_a_commit_came_by_are_found(github: GitHub) -> None:
    github.pulls[9] = ServerPull(9, head_repository="ada/store", base_ref="stable")
    github.pulls[9].merge(B)
    github.pulls[7].label("leakgate: accept", ADA)
    github.pulls[7].merge(B)
    github.pulls[8] = ServerPull(8, head_sha=B)  # a pull request that proposes this very commit to another branch
    with client(github) as connected:
        found = merged_as(connected, STORE, B)
    assert [(pull.number, pull.labels) for pull in found] == [(7, ("leakgate: accept",)), (9, ())]


def test_what_is_not_merged_or_was_merged_as_another_commit_is_not_what_a_commit_came_by(github: GitHub) -> None:
    """An open one has the commit that GitHub tries the merge with; a merged one's own commits name it too."""
    side = {"ref": "x", "sha": A, "repo": None}
    pull = {"head": side, "base": side, "state": "closed", "labels": None, "merged_at": "2026-01-01T00:00:00Z"}
    answer = [
        pull | {"number": 1, "merge_commit_sha": B, "merged_at": None},
        pull | {"number": 2, "merge_commit_sha": A},
        pull | {"number": 3, "merge_commit_sha": None},
        pull | {"number": 4},
        pull | {"number": 5, "merge_commit_sha": B},
    ]
    github.plan("GET", f"/commits/{B}/pulls", Fault(Answer(200, answer)))
    with client(github) as connected:
        assert [found.number for found in merged_as(connected, STORE, B)] == [5]


def test_a_commit_that_came_by_no_pull_request_finds_none(github: GitHub) -> None:
    with client(github) as connected:
        assert merged_as(connected, STORE, B) == []
        github.plan("GET", "/pulls", Fault(faults.error(404, "Not Found")))  # Gitea has no such list
        assert merged_as(connected, STORE, B) == []
        with pytest.raises(ServiceError, match="this is not the hash of a commit: 'main'"):
            merged_as(connected, STORE, "main")


def test_who_gave_the_label_last_is_named(github: GitHub) -> None:
    pull = github.pulls[7]
    with client(github) as connected:

        def who() -> str | None:
            return who_labelled(connected, STORE, 7, "leakgate: accept")

        assert who() is None
        pull.label("leakgate: accept", ADA)
        pull.label("bug", BOB)
        assert who() == "ada"
        pull.unlabel("leakgate: accept", ADA)
        assert who() is None
        for _ in range(60):
            pull.label("bug", BOB)
            pull.unlabel("bug", BOB)
        pull.label("Leakgate: Accept", BOB)
        assert who() == "bob"


def test_who_gave_the_label_may_be_gone(github: GitHub) -> None:
    event = {"event": "labeled", "label": {"name": "x"}, "actor": None}
    github.plan("GET", "/events", Fault(Answer(200, [{"event": "closed"}, event])))
    with client(github) as connected:
        assert who_labelled(connected, STORE, 7, "x") is None
