import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.errors import ServiceError
from leakgate.github.context import ActionsContext, token

EVENT = json.dumps({"action": "opened", "pull_request": {"number": 7, "head": {"ref": "x"}}})
ENV = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "https://ghes.example/api/v3/",
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_EVENT_PATH": "/runner/event.json",
    "GITHUB_JOB": "memory",
    "GITHUB_OUTPUT": "/runner/output",
    "GITHUB_REPOSITORY": "octo/store",
    "GITHUB_STEP_SUMMARY": "/runner/summary",
    "GITHUB_TOKEN": "ghs_workflow",
}


def reading(text: str) -> Callable[[Path], str]:
    return lambda _path: text


def test_a_pull_request_on_an_enterprise_server() -> None:
    assert ActionsContext.from_env(ENV, reading(EVENT)) == ActionsContext(
        repository="octo/store",
        api_url="https://ghes.example/api/v3",
        event="pull_request",
        pull_request=7,
        job="memory",
        step_summary=Path("/runner/summary"),
        output=Path("/runner/output"),
    )


def test_a_push_with_the_fewest_variables() -> None:
    env = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/store", "GITHUB_EVENT_NAME": "push"}
    context = ActionsContext.from_env(env, reading("not read"))
    assert context is not None
    assert (context.api_url, context.pull_request, context.step_summary, context.output) == (
        "https://api.github.com",
        None,
        None,
        None,
    )


@pytest.mark.parametrize("env", [{}, {"GITHUB_ACTIONS": ""}, {"GITHUB_ACTIONS": "false"}])
def test_elsewhere_there_is_no_context(env: dict[str, str]) -> None:
    assert ActionsContext.from_env(env, reading(EVENT)) is None


@pytest.mark.parametrize("event", ["push", "pull_request_target", "workflow_run"])
def test_only_the_event_pull_request_has_one(event: str) -> None:
    context = ActionsContext.from_env(ENV | {"GITHUB_EVENT_NAME": event}, reading(EVENT))
    assert context is not None
    assert context.pull_request is None


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
            "the payload of the event pull_request has no valid number",
        ),
    ],
)
def test_a_wrong_payload_is_one_message(payload: str, reason: str) -> None:
    with pytest.raises(ServiceError) as caught:
        ActionsContext.from_env(ENV, reading(payload))
    assert str(caught.value) == f"/runner/event.json: {reason}"


def test_a_payload_that_is_not_there_is_one_message() -> None:
    def missing(path: Path) -> str:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    with pytest.raises(ServiceError, match=r"cannot be read: .*No such file"):
        ActionsContext.from_env(ENV, missing)
    with pytest.raises(ServiceError, match="GITHUB_EVENT_PATH is not set"):
        ActionsContext.from_env(ENV | {"GITHUB_EVENT_PATH": ""}, missing)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_no_payload_is_more_than_an_error(payload: object) -> None:
    with pytest.raises(ServiceError):
        ActionsContext.from_env(ENV, reading(json.dumps({"pull_request": payload})))
