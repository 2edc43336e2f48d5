"""Which commit is the base: every event and every way to check out, on a history of a few letters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from leakgate.baselines.ancestry import wanted
from leakgate.baselines.model import Wanted
from leakgate.github.context import ActionsContext
from leakgate.github.event import MergeGroup, PullRequest, Push

PARENTS = {
    "A": (),
    "B": ("A",),
    "C": ("B",),  # main
    "D": ("C",),
    "P": ("B",),  # a pull request that branches off at B
    "Q": ("P",),
    "M": ("C", "Q"),  # its merge ref
    "S": ("Q",),  # a pull request on top of that pull request
    "N": ("Q", "S"),  # its merge ref
    "U": ("Q", "C"),  # the pull request after main was merged into it
    "X": (),  # unrelated
}


@dataclass
class Letters:
    """A history with one letter for each commit."""

    branches: Mapping[str, str] = field(default_factory=lambda: {"main": "D", "feature": "Q"})
    default: str | None = "main"
    asked: list[str] = field(default_factory=list)

    def parents(self, commit: str) -> tuple[str, ...] | None:
        self.asked.append("parents")
        return PARENTS.get(commit)

    def merge_base(self, one: str, other: str) -> str | None:
        self.asked.append("merge_base")
        common = self._ancestors(one) & self._ancestors(other)
        return next((c for c in common if not any(c in self._ancestors(d) - {d} for d in common)), None)

    def branch_tip(self, name: str) -> str | None:
        self.asked.append("branch_tip")
        return self.branches.get(name)

    def default_branch(self) -> str | None:
        self.asked.append("default_branch")
        return self.default

    def _ancestors(self, commit: str) -> set[str]:
        return {commit}.union(*(self._ancestors(parent) for parent in PARENTS[commit]))


def on(event: str, sha: str, ref: str = "refs/heads/main", **fields: object) -> ActionsContext:
    context = ActionsContext(
        repository="octo/store",
        api_url="https://api.github.com",
        event=event,
        pull_request=None,
        job="memory",
        step_summary=None,
        output=None,
        sha=sha,
        ref=ref,
        default_branch="main",
    )
    return replace(context, **fields)  # type: ignore[arg-type] # fields of any type


def pull(
    head: str | None, sha: str = "M", base: str | None = "main", base_sha: str | None = "C"
) -> ActionsContext:
    request = PullRequest(number=7, head_sha=head, base_branch=base, base_sha=base_sha)
    return on("pull_request", sha, "refs/pull/7/merge", pull=request)


@pytest.mark.parametrize(
    ("context", "head", "base"),
    [
        (pull("Q"), "M", Wanted("C", "main", "the merge commit's parent on main")),
        (pull("Q", base_sha="A"), "M", Wanted("C", "main", "the merge commit's parent on main")),
        (pull("P"), "M", Wanted("C", "main", "the merge commit's first parent, on main")),
        (pull("S", "N", "feature"), "N", Wanted("Q", "feature", "the merge commit's parent on feature")),
        (pull("Q"), "Q", Wanted("B", "main", "where these changes branch off main")),
        (pull("U"), "U", Wanted("C", "main", "where these changes branch off main")),
        (pull("Q"), "U", Wanted("C", "main", "the merge commit's parent on main")),
        (pull("P"), "Q", Wanted("B", "main", "where these changes branch off main")),
        (pull("S", "N", "feature"), "S", Wanted("Q", "feature", "where these changes branch off feature")),
        (pull("S", "N", "gone", "Q"), "S", Wanted("Q", "gone", "where these changes branch off gone")),
        (pull(None, base=None), "M", Wanted("C", "main", "the merge commit's first parent, on main")),
        (pull("X"), "X", Wanted(None, "main", "these changes and main have no common commit that could be found")),
        (
            pull("Q", base="gone", base_sha=None),
            "Q",
            Wanted(None, "gone", "there is no branch gone to compare with"),
        ),
    ],
    ids=[
        "merge ref",
        "merge ref, the event's base is old",
        "merge ref of an older head",
        "stacked, merge ref",
        "head checked out",
        "head checked out, it is a merge of main",
        "a newer head checked out, it is a merge of main",
        "a newer head checked out",
        "stacked, head checked out",
        "stacked on a branch that is gone",
        "act's user said nothing",
        "unrelated histories",
        "the base branch is gone",
    ],
)
def test_a_pull_request(context: ActionsContext, head: str, base: Wanted) -> None:
    assert wanted(context, Letters(), head) == base


def test_a_pull_request_that_was_merged_meanwhile_is_compared_with_where_it_branched_off() -> None:
    merged = Letters({"main": "M"})

    assert wanted(pull("Q", base_sha="C"), merged, "Q") == Wanted(
        "B", "main", "where these changes branch off main"
    )
    assert wanted(pull("Q", base_sha=None), merged, "Q") == Wanted(
        "Q", "main", "this commit itself, which is on main"
    )


def test_the_usual_pull_request_asks_for_nothing_but_the_parents_of_what_is_checked_out() -> None:
    history = Letters()

    wanted(pull("Q"), history, "M")

    assert history.asked == ["parents"]


@pytest.mark.parametrize(
    ("group", "base"),
    [
        (
            MergeGroup(head_sha="M", base_sha="C", base_branch="main"),
            Wanted("C", "main", "what the merge queue put these changes on top of"),
        ),
        (
            MergeGroup(head_sha="U", base_sha=None, base_branch="main"),
            Wanted("C", "main", "where these changes branch off main"),
        ),
    ],
)
def test_a_merge_queue(group: MergeGroup, base: Wanted) -> None:
    context = on("merge_group", group.head_sha, "refs/heads/gh-readonly-queue/main/pr-7", merge_group=group)

    assert wanted(context, Letters(), group.head_sha) == base


@pytest.mark.parametrize(
    ("context", "head", "base"),
    [
        (on("push", "C", push=Push()), "C", ("B", "main")),
        (on("push", "Q", "refs/heads/feature", push=Push()), "Q", ("P", "feature")),
        (on("push", "M", push=Push()), "M", ("C", "main")),
    ],
    ids=["usual", "the first one of a branch", "a merge"],
)
def test_a_push_is_compared_with_the_commit_before(
    context: ActionsContext, head: str, base: tuple[str, str]
) -> None:
    assert wanted(context, Letters(), head) == Wanted(*base, "the parent of the pushed commit")


def test_the_first_commit_of_all_has_nothing_to_be_compared_with() -> None:
    assert wanted(on("push", "A"), Letters(), "A") == Wanted(
        None, "main", "the pushed commit is the first one, without a parent"
    )
    assert wanted(on("push", "?"), Letters(), "?") == Wanted(None, "main", "the pushed commit cannot be read")


@pytest.mark.parametrize("event", ["push", "release"])
def test_a_tag_is_compared_with_the_commit_before(event: str) -> None:
    assert wanted(on(event, "C", "refs/tags/v1"), Letters(), "C") == Wanted(
        "B", None, "the parent of the tagged commit"
    )


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch", "repository_dispatch"])
@pytest.mark.parametrize(
    ("ref", "head", "branches", "base"),
    [
        ("refs/heads/main", "D", (), Wanted("D", "main", "this commit itself, as it is on main")),
        ("refs/heads/feature", "Q", (), Wanted("B", "main", "where these changes branch off main")),
        ("refs/heads/feature", "Q", ("fea*",), Wanted("Q", "feature", "this commit itself, as it is on feature")),
        ("refs/tags/v1", "C", (), Wanted("C", "main", "this commit itself, which is on main")),
    ],
)
def test_a_run_that_nobodys_change_started(
    event: str, ref: str, head: str, branches: tuple[str, ...], base: Wanted
) -> None:
    assert wanted(on(event, head, ref), Letters(), head, branches) == base


def test_where_the_event_does_not_name_the_default_branch_the_clone_may() -> None:
    context = on("workflow_dispatch", "Q", "refs/heads/feature", default_branch=None)

    assert wanted(context, Letters(), "Q") == Wanted("B", "main", "where these changes branch off main")


@pytest.mark.parametrize(
    ("head", "base"),
    [
        ("Q", Wanted("B", "main", "where these changes branch off main")),
        ("D", Wanted("D", "main", "this commit itself, which is on main")),
        ("C", Wanted("C", "main", "this commit itself, which is on main")),
        (None, Wanted(None, None, "no commit is checked out here")),
    ],
    ids=["feature", "main", "main behind its remote", "no commit"],
)
def test_on_a_developers_machine(head: str | None, base: Wanted) -> None:
    assert wanted(None, Letters(), head) == base


def test_without_a_default_branch_there_is_no_base() -> None:
    assert wanted(None, Letters(default=None), "Q") == Wanted(
        None,
        None,
        "which branch is the default one is not known: no remote says so, and none is called main or master",
    )


def test_a_clone_that_is_out_of_date_is_told_how_to_mend_it() -> None:
    assert wanted(None, Letters(default="gone"), "Q") == Wanted(
        None,
        "gone",
        "there is no branch gone to compare with; `git fetch --prune` and `git remote set-head origin --auto` "
        "bring this clone up to date",
    )
