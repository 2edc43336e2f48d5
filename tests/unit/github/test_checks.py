from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest

from github_server import faults
from github_server.clock import Clock
from github_server.faults import Fault
from github_server.server import serve
from github_server.state import READ_ONLY_BOT, GitHub
from leakgate.errors import ServiceError
from leakgate.github.checks import MAX_SUMMARY, CheckRun, Conclusion, abandon, complete, name, start
from leakgate.github.client import GitHubClient, connect

A = "a" * 40
NOW = datetime(2026, 11, 20, 12, 0, 0, 999, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 14, 5, tzinfo=timezone(timedelta(hours=2)))
PAGE = "https://github.com/octo/store/actions/runs/21/attempts/1"
RUN = CheckRun("octo/store", 3001)
STARTED = {
    "name": "leakgate / memory (linux)",
    "head_sha": A,
    "status": "in_progress",
    "started_at": "2026-11-20T12:00:00Z",
    "details_url": PAGE,
    "external_id": f"{PAGE} 2026-11-20T12:00:00Z",
}


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serve() as github:
        yield github


@contextmanager
def client(github: GitHub, token: str = "ghs_workflow") -> Iterator[GitHubClient]:
    with connect(github.url, token, patience=Clock().patience()) as client:
        yield client


def begin(github: GitHub, token: str = "ghs_workflow") -> CheckRun | None:
    with client(github, token) as connected:
        return start(connected, "octo/store", A, name("memory (linux)"), now=NOW, details_url=PAGE)


def test_a_check_run_is_in_progress_early_and_completed_by_a_later_step(github: GitHub) -> None:
    assert begin(github) == RUN
    assert [run.fields for run in github.check_runs] == [STARTED]
    with client(github) as connected:
        assert complete(connected, RUN, Conclusion.FAILURE, "2 tests grew", "# Grew\n", now=LATER)
    assert [run.fields for run in github.check_runs] == [
        {
            **STARTED,
            "status": "completed",
            "conclusion": "failure",
            "completed_at": "2026-11-20T12:05:00Z",
            "output": {"title": "2 tests grew", "summary": "# Grew\n"},
        }
    ]


@pytest.mark.parametrize(("cancelled", "conclusion"), [(True, "cancelled"), (False, "failure")])
def test_what_was_stopped_never_passes(github: GitHub, cancelled: bool, conclusion: str) -> None:
    begin(github)
    with client(github) as connected:
        assert abandon(connected, RUN, now=LATER, cancelled=cancelled)
    [run] = github.check_runs
    assert (run.fields["status"], run.fields["conclusion"]) == ("completed", conclusion)


@pytest.mark.parametrize("fault", [faults.RESET_BUT_DONE, faults.CUT, faults.CUT_UNNOTICED])
def test_a_check_run_whose_making_was_not_heard_of_is_not_made_twice(github: GitHub, fault: Fault) -> None:
    begin(github)
    github.check_runs[0].fields["external_id"] = "of an earlier attempt"
    github.plan("POST", "/check-runs", fault)
    assert begin(github) == CheckRun("octo/store", 3002)
    assert len(github.check_runs) == 2


def test_where_the_token_may_not_there_is_no_check_run_and_no_error(github: GitHub) -> None:
    github.tokens["ghs_fork"] = READ_ONLY_BOT
    assert begin(github, "ghs_fork") is None
    with client(github, "ghs_fork") as connected:
        assert not complete(connected, RUN, Conclusion.SUCCESS, "x", "x", now=NOW)
        assert not abandon(connected, RUN, now=NOW, cancelled=True)


@pytest.mark.parametrize("status", [404, 405])
def test_where_the_forge_has_no_checks_there_is_none_and_no_error(github: GitHub, status: int) -> None:
    github.plan("POST", "/check-runs", Fault(faults.error(status, "Not Found")))
    assert begin(github) is None


def test_trouble_is_an_error(github: GitHub) -> None:
    begin(github)
    github.plan("PATCH", "/check-runs/3001", *[faults.BAD_GATEWAY] * 5)
    with client(github) as connected, pytest.raises(ServiceError, match="GitHub is in trouble"):
        complete(connected, RUN, Conclusion.SUCCESS, "x", "x", now=NOW)


def test_a_long_summary_is_cut_by_whole_lines(github: GitHub) -> None:
    begin(github)
    summary = "| é |\n" * 20_000
    with client(github) as connected:
        complete(connected, RUN, Conclusion.NEUTRAL, "x\n\udcff" + "y" * 300, summary, now=NOW)
    shown = github.check_runs[0].fields["output"]
    assert len(shown["summary"].encode()) <= MAX_SUMMARY
    assert len(shown["summary"]) > MAX_SUMMARY * 6 / 7 - 100
    assert shown["summary"].endswith(
        "| é |\n\n\n*The summary was cut here: 10,650 more lines. The whole is in the result file.*\n"
    )
    assert shown["title"] == "x ?" + "y" * 252
