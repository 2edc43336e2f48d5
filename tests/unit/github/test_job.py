import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leakgate.comparison.result import Result, Side, Verdict
from leakgate.github.context import current, required
from leakgate.github.job import Files, report, report_part


@dataclass
class Job:
    """The step of a job that measures, and what it leaves behind."""

    folder: Path
    env: dict[str, str]
    log: list[str] = field(default_factory=list)

    def report(self, verdict: Verdict) -> None:
        files = Files(self.folder / "result.json", self.folder / "snapshot.json")
        result = Result(verdict=verdict, base=None, head=Side(fingerprint={}), tests=())
        report(result, f"## leakgate: {verdict}\n", files, job=required(current(self.env)), echo=self.log.append)

    @property
    def outputs(self) -> dict[str, str]:
        """The step's outputs, read as a runner reads them."""
        lines = (self.folder / "output").read_text().splitlines()
        heads = (line.split("<<") for line in lines[::3])
        assert lines[2::3] == [line.split("<<")[1] for line in lines[::3]]
        return {name: value for (name, _), value in zip(heads, lines[1::3], strict=True)}


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


def test_a_shard_leaves_what_a_later_step_uploads(job: Job) -> None:
    part = job.folder / "part-2-of-4.json"
    report_part(part, "leakgate-part-memory-2-of-4", "leakgate: shard 2 of 4\n", job=required(current(job.env)))
    assert (job.folder / "summary").read_text() == "leakgate: shard 2 of 4\n"
    assert job.outputs == {
        "snapshot": str(part),
        "artifact-name": "leakgate-part-memory-2-of-4",
        "artifact-path": str(part),
    }
