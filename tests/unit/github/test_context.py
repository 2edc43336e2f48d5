import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.errors import ServiceError, UsageError
from leakgate.github.context import ActionsContext, current, refuse_foreign_code, required, token
from leakgate.github.event import MergeGroup, PullRequest, Push, WorkflowRun

HEAD, BASE, MERGE, ZEROS = "1" * 40, "b" * 40, "e" * 40, "0" * 40
OURS = {"full_name": "octo/store", "default_branch": "main", "owner": {"login": "octo"}}
FORK = {"full_name": "mallory/store", "owner": {"login": "mallory"}}
PULL = {
    "number": 7,
    "draft": True,
    "labels": [{"name": "leakgate: accept"}, {"name": "help | wanted"}],
    "head": {"ref": "feature/x", "sha": HEAD, "repo": OURS},
    "base": {"ref": "main", "sha": BASE, "repo": OURS},
}
EVENT = json.dumps(
    {"action": "opened", "number": 7, "pull_request": PULL, "repository": OURS, "sender": {"login": "ada"}}
)
ENV = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "ada",
    "GITHUB_API_URL": "https://ghes.example/api/v3/",
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_EVENT_PATH": "/runner/event.json",
    "GITHUB_JOB": "memory",
    "GITHUB_OUTPUT": "/runner/output",
    "GITHUB_REF": "refs/pull/7/merge",
    "GITHUB_REPOSITORY": "octo/store",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_RUN_ID": "1658821493",
    "GITHUB_SERVER_URL": "https://ghes.example",
    "GITHUB_SHA": MERGE,
    "GITHUB_STEP_SUMMARY": "/runner/summary",
    "GITHUB_TOKEN": "ghs_workflow",
}


def reading(text: str) -> Callable[[Path], str]:
    return lambda _path: text


def on(event: str, payload: object, **env: str) -> ActionsContext:
    context = ActionsContext.from_env(ENV | {"GITHUB_EVENT_NAME": event} | env, reading(json.dumps(payload)))
    assert context is not None
    return context


def from_head(**head: object) -> ActionsContext:
    return on("pull_request", {"pull_request": {"number": 7, "head": head}})


def test_a_pull_request_on_an_enterprise_server() -> None:
    assert ActionsContext.from_env(ENV, reading(EVENT)) == ActionsContext(
        repository="octo/store",
        api_url="https://ghes.example/api/v3",
        event="pull_request",
        pull_request=7,
        job="memory",
        step_summary=Path("/runner/summary"),
        output=Path("/runner/output"),
        server_url="https://ghes.example",
        sha=MERGE,
        ref="refs/pull/7/merge",
        actor="ada",
        run_id=1658821493,
        run_attempt=1,
        default_branch="main",
        pull=PullRequest(
            number=7,
            head_sha=HEAD,
            head_branch="feature/x",
            head_repository="octo/store",
            head_owner="octo",
            base_branch="main",
            base_sha=BASE,
            labels=("leakgate: accept", "help | wanted"),
            is_fork=False,
        ),
    )


def test_a_push_with_the_fewest_variables() -> None:
    env = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/store", "GITHUB_EVENT_NAME": "push"}
    assert ActionsContext.from_env(env, reading("not read")) == ActionsContext(
        repository="octo/store",
        api_url="https://api.github.com",
        event="push",
        pull_request=None,
        job="",
        step_summary=None,
        output=None,
    )


def test_the_page_of_the_run_names_the_attempt_where_there_were_more() -> None:
    url = "https://ghes.example/octo/store/actions/runs/1658821493"

    assert on("push", {}).run_url == url
    assert on("push", {}, GITHUB_RUN_ATTEMPT="3").run_url == f"{url}/attempts/3"
    assert on("push", {}, GITHUB_RUN_ID="").run_url is None


@pytest.mark.parametrize(
    ("head", "is_fork"),
    [
        ({"sha": HEAD, "repo": OURS}, False),
        ({"sha": HEAD, "repo": OURS | {"full_name": "Octo/Store"}}, False),
        ({"sha": HEAD, "repo": FORK}, True),
        ({"sha": HEAD, "repo": None}, True),
        ({"sha": HEAD}, False),
    ],
    ids=["ours", "ours, in another case", "a fork", "a fork that was deleted", "act's user did not say"],
)
def test_a_fork_is_another_repository_or_one_that_is_gone(head: dict[str, object], is_fork: bool) -> None:
    context = from_head(**head)

    assert (context.is_fork, context.may_write) == (is_fork, not is_fork)


def test_a_forks_owner_is_known() -> None:
    pull = from_head(sha=HEAD, ref="main", repo=FORK).pull

    assert pull == PullRequest(
        number=7,
        head_sha=HEAD,
        head_branch="main",
        head_repository="mallory/store",
        head_owner="mallory",
        is_fork=True,
    )


@pytest.mark.parametrize(
    ("actor", "sender", "is_dependabot"),
    [
        ("dependabot[bot]", "dependabot[bot]", True),
        ("", "dependabot[bot]", True),
        ("ada", "dependabot[bot]", False),
        ("dependabot", "dependabot", False),
    ],
)
def test_nothing_is_written_for_dependabots_pull_requests(actor: str, sender: str, is_dependabot: bool) -> None:
    context = on("pull_request", {"pull_request": PULL, "sender": {"login": sender}}, GITHUB_ACTOR=actor)

    assert (context.is_dependabot, context.may_write, context.is_fork) == (
        is_dependabot,
        not is_dependabot,
        False,
    )


def test_what_dependabot_has_merged_is_a_push_like_any_other() -> None:
    context = on("push", {}, GITHUB_ACTOR="dependabot[bot]")

    assert (context.is_dependabot, context.may_write) == (True, True)


def test_a_merge_group() -> None:
    group = {
        "head_sha": HEAD,
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-104-{BASE}",
        "base_sha": BASE,
        "base_ref": "refs/heads/main",
    }
    context = on("merge_group", {"action": "checks_requested", "merge_group": group, "repository": OURS})

    assert context.merge_group == MergeGroup(head_sha=HEAD, base_sha=BASE, base_branch="main")
    del group["base_sha"]
    older = on("merge_group", {"merge_group": group})
    assert older.merge_group == MergeGroup(head_sha=HEAD, base_sha=None, base_branch="main")


@pytest.mark.parametrize(
    ("event", "ref", "number"),
    [
        ("merge_group", f"refs/heads/gh-readonly-queue/main/pr-104-{BASE}", 104),
        ("merge_group", f"refs/heads/gh-readonly-queue/release/pr-9/pr-104-{BASE}", 104),
        ("merge_group", f"refs/heads/gh-readonly-queue/main/pr-0-{BASE}", None),
        ("merge_group", f"refs/heads/gh-readonly-queue/main/pr-104-{BASE}/more", None),
        ("merge_group", f"refs/heads/gh-readonly-queue/main/pr-{'9' * 4400}-{BASE}", None),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-104", None),
        ("merge_group", f"refs/heads/mine/gh-readonly-queue/main/pr-104-{BASE}", None),
        ("merge_group", "", None),
        ("push", f"refs/heads/gh-readonly-queue/main/pr-104-{BASE}", None),
    ],
)
def test_the_pull_request_that_a_merge_queue_tries(event: str, ref: str, number: int | None) -> None:
    """GitHub makes the branch and its name; a push to a branch of such a name says nothing."""
    assert on(event, {"merge_group": {"head_sha": HEAD}}, GITHUB_REF=ref).queued_pull_request == number


@pytest.mark.parametrize(
    ("payload", "push"),
    [
        ({"ref": "refs/heads/main", "before": BASE, "after": HEAD, "deleted": False}, Push()),
        ({"before": BASE, "after": ZEROS, "deleted": True}, Push(deleted=True)),
        ({}, Push()),
    ],
    ids=["a branch", "a deleted branch", "act's user did not say"],
)
def test_a_push(payload: dict[str, object], push: Push) -> None:
    assert on("push", payload).push == push


@pytest.mark.parametrize(
    ("ref", "branch"),
    [
        ("refs/heads/main", "main"),
        ("refs/heads/release/1.x", "release/1.x"),
        ("refs/tags/v1", None),
        ("refs/pull/7/merge", None),
        ("", None),
    ],
)
def test_the_branch_of_an_event(ref: str, branch: str | None) -> None:
    assert on("push", {}, GITHUB_REF=ref).branch == branch


def test_a_schedule_runs_on_the_default_branch_though_its_payload_does_not_say() -> None:
    assert on("schedule", {"schedule": "0 0 * * *"}, GITHUB_REF="refs/heads/trunk").default_branch == "trunk"
    assert on("workflow_dispatch", {"inputs": None}, GITHUB_REF="refs/heads/trunk").default_branch is None


def test_a_run_that_ended() -> None:
    run = {
        "id": 289782451,
        "run_attempt": 2,
        "name": "memory",
        "event": "pull_request",
        "conclusion": "failure",
        "head_sha": HEAD,
        "head_branch": "feature/x",
        "head_repository": FORK,
        "pull_requests": [],
    }
    ended = on("workflow_run", {"action": "completed", "workflow_run": run, "repository": OURS})

    assert ended.workflow_run == WorkflowRun(
        id=289782451,
        event="pull_request",
        head_sha=HEAD,
        head_branch="feature/x",
        head_repository="mallory/store",
        head_owner="mallory",
    )
    gone = on("workflow_run", {"workflow_run": run | {"head_repository": None}})
    assert gone.workflow_run is not None
    assert gone.workflow_run.head_owner is None


def test_under_pull_request_target_nothing_is_measured() -> None:
    context = on("pull_request_target", {"pull_request": PULL})

    assert context.pull is not None
    assert context.pull_request is None
    with pytest.raises(UsageError) as caught:
        refuse_foreign_code(context.event)
    assert str(caught.value) == (
        "leakgate does not measure under `pull_request_target`: the tests of the pull request, anyone's code, "
        "would run with a token that may write and with the repository's secrets\n"
        "  help: start the workflow on `pull_request`; for comments on pull requests of forks add the second "
        "stage, `publish/action.yml`, on `workflow_run`"
    )


@pytest.mark.parametrize("event", ["pull_request", "push", "merge_group"])
def test_other_events_may_be_measured(event: str) -> None:
    refuse_foreign_code(event)
    refuse_foreign_code(None)


@pytest.mark.parametrize("env", [{}, {"GITHUB_ACTIONS": ""}, {"GITHUB_ACTIONS": "false"}])
def test_elsewhere_there_is_no_context(env: dict[str, str]) -> None:
    assert ActionsContext.from_env(env, reading(EVENT)) is None
    assert current(env) is None


def test_the_job_is_read_from_the_runners_files(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(EVENT, encoding="utf-8")
    context = current(ENV | {"GITHUB_EVENT_PATH": str(tmp_path / "event.json")})

    assert required(context).pull_request == 7


def test_what_is_for_jobs_is_refused_elsewhere() -> None:
    with pytest.raises(UsageError, match="this is for the jobs of GitHub Actions, and this is none"):
        required(None)


@pytest.mark.parametrize(
    ("own", "workflow", "used"),
    [("mine", "ghs", "mine"), ("", "ghs", "ghs"), (" mine\n", "ghs", "mine"), ("", " ", None)],
)
def test_the_token_given_to_us_comes_first(own: str, workflow: str, used: str | None) -> None:
    assert token({"LEAKGATE_TOKEN": own, "GITHUB_TOKEN": workflow}) == used


def test_no_token_is_kept_with_what_a_check_knows_of_its_job() -> None:
    env = ENV | {"LEAKGATE_TOKEN": "ghs_ours"}
    assert "ghs_" not in repr(ActionsContext.from_env(env, reading(EVENT)))


@pytest.mark.parametrize("name", ["", "store", "octo/../x", "octo/..", "./store", "octo/st ore", "octo/store?x"])
def test_a_name_that_would_bend_request_paths_is_refused(name: str) -> None:
    with pytest.raises(ServiceError) as caught:
        ActionsContext.from_env(ENV | {"GITHUB_REPOSITORY": name}, reading(EVENT))
    assert str(caught.value) == (
        "GITHUB_ACTIONS is true, but GITHUB_REPOSITORY does not name a repository (owner/name)\n"
        "  help: outside GitHub Actions, unset GITHUB_ACTIONS"
    )


@pytest.mark.parametrize("url", ["file:///etc", "api.github.com", "https://x y", "https://x?y"])
def test_an_api_that_is_no_http_url_is_refused(url: str) -> None:
    with pytest.raises(ServiceError, match="GITHUB_API_URL is not an http"):
        ActionsContext.from_env(ENV | {"GITHUB_API_URL": url}, reading(EVENT))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "the payload of the event pull_request cannot be read: Input data was truncated"),
        (
            "{}",
            "the payload of the event pull_request cannot be read: Object missing required field `pull_request`",
        ),
        (
            '{"pull_request": {"number": "7; rm"}}',
            (
                "the payload of the event pull_request cannot be read: Expected `int`, got `str` - at "
                "`$.pull_request.number`"
            ),
        ),
        (
            json.dumps({"pull_request": {"number": -7}}),
            (
                "the payload of the event pull_request cannot be read: Expected `int` >= 1 - at "
                "`$.pull_request.number`"
            ),
        ),
        (
            json.dumps({"pull_request": {"number": 7, "head": {"ref": "--upload-pack=x"}}}),
            (
                "the payload of the event pull_request cannot be read: '--upload-pack=x' is no name of a branch "
                "- at `$.pull_request.head.ref`"
            ),
        ),
        (
            json.dumps({"pull_request": {"number": 7, "head": {"repo": {"full_name": "../x"}}}}),
            "the payload of the event pull_request cannot be read: '../x' does not name a repository (owner/name)",
        ),
    ],
)
def test_a_wrong_payload_is_one_message(payload: str, reason: str) -> None:
    with pytest.raises(ServiceError) as caught:
        ActionsContext.from_env(ENV, reading(payload))
    assert str(caught.value) == f"/runner/event.json: {reason}"


@pytest.mark.parametrize("sha", ["", "main", HEAD[:-1], HEAD + "\n", HEAD.upper() + "A"])
def test_a_hash_that_is_none_is_refused(sha: str) -> None:
    for place in ("head", "base"):
        payload = json.dumps({"pull_request": {"number": 7, place: {"sha": sha}}})
        with pytest.raises(ServiceError, match=rf"\$\.pull_request\.{place}\.sha"):
            ActionsContext.from_env(ENV, reading(payload))


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("GITHUB_SHA", "HEAD", "GITHUB_SHA is not the full hash of a commit: 'HEAD'"),
        ("GITHUB_RUN_ID", "1/../2", "GITHUB_RUN_ID is not a number: '1/../2'"),
        ("GITHUB_SERVER_URL", "javascript:x", "GITHUB_SERVER_URL is not an http(s) URL: 'javascript:x'"),
    ],
)
def test_a_variable_that_no_runner_sets_so_is_refused(variable: str, text: str, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        ActionsContext.from_env(ENV | {variable: text}, reading(EVENT))
    assert str(caught.value) == message


@pytest.mark.parametrize("event", ["merge_group", "workflow_run", "pull_request_target"])
def test_an_event_without_what_its_name_promises_is_refused(event: str) -> None:
    with pytest.raises(ServiceError, match=f"the payload of the event {event} cannot be read: "):
        ActionsContext.from_env(ENV | {"GITHUB_EVENT_NAME": event}, reading("{}"))


def test_a_payload_that_is_not_there_is_one_message() -> None:
    def missing(path: Path) -> str:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    with pytest.raises(ServiceError, match=r"cannot be read: .*No such file"):
        ActionsContext.from_env(ENV, missing)
    with pytest.raises(ServiceError, match="GITHUB_EVENT_PATH is not set"):
        ActionsContext.from_env(ENV | {"GITHUB_EVENT_PATH": ""}, missing)


JSON = st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@given(JSON)
def test_no_payload_is_more_than_an_error(payload: object) -> None:
    with pytest.raises(ServiceError):
        ActionsContext.from_env(ENV, reading(json.dumps({"pull_request": payload})))


@given(
    st.sampled_from(["push", "merge_group", "workflow_run", "pull_request_target", "schedule"]),
    st.dictionaries(
        st.sampled_from(["repository", "sender", "before", "after", "merge_group", "workflow_run"]), JSON
    ),
)
def test_whatever_another_event_says_it_is_read_or_refused(event: str, payload: dict[str, object]) -> None:
    with suppress(ServiceError):
        assert on(event, payload).event == event
