"""Only what reviewed history holds becomes a baseline."""

from dataclasses import replace

import pytest

from leakgate.baselines.trusted import is_tracked, may_save
from leakgate.github.context import ActionsContext
from leakgate.github.event import MergeGroup, PullRequest, Push, WorkflowRun

SHA, OTHER = "a" * 40, "b" * 40


def run(event: str, **fields: object) -> ActionsContext:
    """A run on main."""
    context = ActionsContext(
        repository="octo/store",
        api_url="https://api.github.com",
        event=event,
        pull_request=None,
        job="memory",
        step_summary=None,
        output=None,
        sha=SHA,
        ref="refs/heads/main",
        actor="ada",
        default_branch="main",
    )
    return replace(context, **fields)  # type: ignore[arg-type] # fields of any type


PULL = PullRequest(number=7, head_sha=OTHER, base_branch="main")
ONLY = "and only push, schedule and workflow_dispatch save one"


@pytest.mark.parametrize(
    ("context", "why"),
    [
        (run("push", push=Push()), None),
        (run("push"), None),
        (run("schedule"), None),
        (run("workflow_dispatch"), None),
        # A pull request that runs on a ref that looks like main is still a pull request.
        (run("pull_request", pull=PULL, pull_request=7), f"the event is pull_request, {ONLY}"),
        (run("pull_request_target", pull=PULL), f"the event is pull_request_target, {ONLY}"),
        (run("pull_request_review"), f"the event is pull_request_review, {ONLY}"),
        (run("merge_group", merge_group=MergeGroup(head_sha=SHA)), f"the event is merge_group, {ONLY}"),
        (
            run("workflow_run", workflow_run=WorkflowRun(id=1, event="push", head_sha=SHA)),
            f"the event is workflow_run, {ONLY}",
        ),
        (run("issue_comment"), f"the event is issue_comment, {ONLY}"),
        (run("release", ref="refs/tags/v1"), f"the event is release, {ONLY}"),
        (run("repository_dispatch"), f"the event is repository_dispatch, {ONLY}"),
        (run(""), f"the event is unknown, {ONLY}"),
        (run("push", push=Push(deleted=True)), "the branch was deleted"),
        (run("push", ref="refs/tags/v1"), "refs/tags/v1 is no branch"),
        (run("workflow_dispatch", ref="refs/tags/main"), "refs/tags/main is no branch"),
        (run("push", ref="refs/pull/7/merge"), "refs/pull/7/merge is no branch"),
        (run("push", ref=None), "the ref of this run is no branch"),
        (run("push", ref="refs/heads/feature"), "the branch feature is not tracked (tracked: main)"),
        (run("workflow_dispatch", ref="refs/heads/feature"), "the branch feature is not tracked (tracked: main)"),
        (
            run("push", default_branch=None),
            "the event does not say which branch is the default one: name it in `baseline.branches`",
        ),
        (run("push", actor="dependabot[bot]"), None),  # it has merged; GitHub decides what its token may do
        (run("pull_request", pull=PULL, actor="dependabot[bot]"), f"the event is pull_request, {ONLY}"),
        (run("push", sha=OTHER), "commit aaaaaaaaaa was measured, and this run is about commit bbbbbbbbbb"),
        (run("push", sha=None), "commit aaaaaaaaaa was measured, and this run is about no known commit"),
    ],
    ids=lambda value: value.event + " " + (value.ref or "") if isinstance(value, ActionsContext) else None,
)
def test_every_event(context: ActionsContext, why: str | None) -> None:
    assert may_save(context, (), SHA) == why


def test_what_was_measured_must_be_known() -> None:
    assert may_save(run("push"), (), None) == (
        "no known commit was measured, and this run is about commit aaaaaaaaaa"
    )


@pytest.mark.parametrize(
    ("branch", "why"),
    [
        ("main", None),
        ("release/1.x", None),
        ("release/1/hotfix", None),
        ("feature", "the branch feature is not tracked (tracked: main, release/*)"),
        ("Main", "the branch Main is not tracked (tracked: main, release/*)"),
        ("not/main", "the branch not/main is not tracked (tracked: main, release/*)"),
    ],
)
def test_which_branches_are_tracked_is_the_projects_choice(branch: str, why: str | None) -> None:
    context = run("push", ref=f"refs/heads/{branch}", default_branch=None)

    assert may_save(context, ("main", "release/*"), SHA) == why


def test_where_all_branches_are_tracked_a_merge_queues_are_not_yet_merged() -> None:
    queue = f"gh-readonly-queue/main/pr-7-{OTHER}"

    assert is_tracked("feature", ("*",), None)
    assert not is_tracked(queue, ("*",), None)
    assert may_save(run("push", ref=f"refs/heads/{queue}"), ("*",), SHA) == (
        f"the branch {queue} is not tracked (tracked: *)"
    )


def test_no_branch_is_never_tracked() -> None:
    assert not is_tracked(None, ("*",), None)
    assert not is_tracked(None, (), None)
