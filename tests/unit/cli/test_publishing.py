"""`leakgate publish` as the action calls it, after checks that came to no result."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from github_server.state import CheckRun
from jobs import TOKEN, JobStep, started
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.reports import json as json_report
from repositories import ENV


@pytest.fixture
def step(tmp_path: Path) -> Iterator[JobStep]:
    with started(tmp_path) as step:
        head = step.open_pull_request()
        step.github.check_runs.append(CheckRun(1, {"name": "leakgate / memory", "head_sha": head}))
        yield step


def publish(step: JobStep, **variables: str) -> subprocess.CompletedProcess[str]:
    env = ENV | step.variables | {"HOME": str(step.folder), "LEAKGATE_KEY": "memory", "LEAKGATE_TOKEN": TOKEN}
    return subprocess.run(
        [sys.executable, "-m", "leakgate", "publish"],
        cwd=step.clone.path,
        env=env | {"LEAKGATE_CHECK_RUN": "1"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def passed(at: Path) -> None:
    """A result that says that all is well."""
    result = Result(verdict=Verdict.PASS, base=Side(fingerprint={}), head=Side(fingerprint={}), tests=())
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(json_report.render(result))


def conclusion(step: JobStep) -> tuple[object, object]:
    [run] = step.github.check_runs
    return run.fields.get("status"), run.fields.get("conclusion")


def test_a_check_that_stopped_leaves_a_failed_check_run_and_no_comment(step: JobStep) -> None:
    (step.folder / "out").mkdir()
    passed(step.clone.path / "result.json")  # the project's own file, or an earlier run's
    passed(step.clone.path / "target/leakgate/result.json")
    done = publish(step, LEAKGATE_OUTCOME="failure", LEAKGATE_OUTPUT=str(step.folder / "out"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert conclusion(step) == ("completed", "failure")
    assert step.github.comments == []


@pytest.mark.parametrize(("outcome", "expected"), [("skipped", "failure"), ("cancelled", "cancelled")])
def test_after_a_check_that_did_not_begin_no_earlier_result_is_taken_for_its_own(
    step: JobStep, outcome: str, expected: str
) -> None:
    passed(step.clone.path / "target/leakgate/result.json")
    done = publish(step, LEAKGATE_OUTCOME=outcome, LEAKGATE_OUTPUT="")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert conclusion(step) == ("completed", expected)
    assert step.github.comments == []


@pytest.mark.parametrize("outcome", ["success", "failure"])
def test_a_damaged_result_is_told_and_leaves_no_check_run_open(step: JobStep, outcome: str) -> None:
    (step.folder / "out").mkdir()
    (step.folder / "out/result.json").write_text("{")
    done = publish(step, LEAKGATE_OUTCOME=outcome, LEAKGATE_OUTPUT=str(step.folder / "out"))
    assert done.returncode == 4
    damage = f"{step.folder}/out/result.json:1:2: damaged result: it is cut off here"
    remedy = "help: make it again: `leakgate check`"
    assert done.stderr == f"warning: {damage}\n  {remedy}\n::warning title=leakgate::{damage}%0A  {remedy}\n"
    assert conclusion(step) == ("completed", "failure")
    assert step.github.comments == []


def test_a_result_of_a_failed_gate_is_published(step: JobStep) -> None:
    passed(step.folder / "out/result.json")
    done = publish(step, LEAKGATE_OUTCOME="failure", LEAKGATE_OUTPUT=str(step.folder / "out"))
    assert done.returncode == 0
    assert len(step.github.comments) == 1
