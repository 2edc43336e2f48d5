import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leakgate.comparison.result import MetricResult, Result, Side, Status, TestResult, Verdict
from leakgate.config import CommentMode
from leakgate.dhat.profile import Metric
from leakgate.errors import UsageError
from leakgate.github.job import Files, context, report, required, wants_comment


@dataclass
class Job:
    """The step of a job that measures, and what it leaves behind."""

    folder: Path
    env: dict[str, str]
    log: list[str] = field(default_factory=list)

    def report(self, verdict: Verdict) -> None:
        files = Files(self.folder / "result.json", self.folder / "snapshot.json")
        report(_result(verdict), f"## leakgate: {verdict}\n", files, env=self.env, echo=self.log.append)

    @property
    def outputs(self) -> dict[str, str]:
        """The step's outputs, read as a runner reads them."""
        lines = (self.folder / "output").read_text().splitlines()
        heads = (line.split("<<") for line in lines[::3])
        assert lines[2::3] == [line.split("<<")[1] for line in lines[::3]]
        return {name: value for (name, _), value in zip(heads, lines[1::3], strict=True)}


def _result(verdict: Verdict, *statuses: Status) -> Result:
    metrics = {
        Metric.T_END_BYTES: MetricResult(
            base=0, head=0, delta=0, ratio=None, status=Status.PASS, grown=False, limit=None
        )
    }
    tests = tuple(
        TestResult(name=f"t{n}", status=status, units=("bytes", "blocks"), metrics=metrics, sites=())
        for n, status in enumerate(statuses)
    )
    return Result(verdict=verdict, base=None, head=Side(fingerprint={}), tests=tests)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    return Job(
        tmp_path,
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_JOB": "memory",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_REPOSITORY": "octo/store",
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        },
    )


def test_the_step_that_measures_reports_without_a_token_or_the_network(job: Job) -> None:
    job.report(Verdict.NO_BASELINE)
    assert job.log == [
        (
            "::warning title=leakgate%3A no-baseline::There is no baseline: nothing was compared, "
            "so growth would not be noticed"
        ),
    ]
    assert (job.folder / "summary").read_text() == "## leakgate: no-baseline\n"
    assert job.outputs == {
        "verdict": "no-baseline",
        "result": str(job.folder / "result.json"),
        "snapshot": str(job.folder / "snapshot.json"),
    }


def test_elsewhere_nothing_is_told(job: Job) -> None:
    del job.env["GITHUB_ACTIONS"]
    job.report(Verdict.FAIL)
    assert job.log == []
    assert not (job.folder / "output").exists()
    with pytest.raises(UsageError, match="this is for the jobs of GitHub Actions, and this is none"):
        required(context(job.env))


@pytest.mark.parametrize(
    ("mode", "result", "wanted"),
    [
        (CommentMode.ALWAYS, _result(Verdict.PASS), True),
        (CommentMode.ON_CHANGE, _result(Verdict.PASS, Status.PASS, Status.IGNORED), False),
        (CommentMode.ON_CHANGE, _result(Verdict.PASS, Status.PASS, Status.NEW), True),
        (CommentMode.ON_CHANGE, _result(Verdict.PASS, Status.ACCEPTED), True),
        (CommentMode.ON_CHANGE, _result(Verdict.ERROR), True),
        (CommentMode.ON_FAILURE, _result(Verdict.PASS, Status.WARN), False),
        (CommentMode.ON_FAILURE, _result(Verdict.ERROR), True),
        (CommentMode.NEVER, _result(Verdict.FAIL), False),
    ],
)
def test_the_mode_says_whether_a_comment_is_made(mode: CommentMode, result: Result, *, wanted: bool) -> None:
    assert wants_comment(result, mode) is wanted
