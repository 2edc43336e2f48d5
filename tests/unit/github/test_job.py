import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from github_server.server import GitHub, serve
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.config import CommentMode
from leakgate.errors import ServiceError
from leakgate.github.job import Files, publish


@dataclass
class Job:
    """One step of a job on a pull request, and what it leaves behind."""

    github: GitHub
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def publish(self, verdict: Verdict, mode: CommentMode = CommentMode.ALWAYS) -> None:
        files = Files(self.folder / "result.json", self.folder / "snapshot.json", self.folder / "comment.md")
        files.comment.write_text(f"## leakgate: {verdict}\n")
        result = Result(verdict=verdict, base=None, head=Side(fingerprint={}), tests=())
        publish(result, files, mode, env=self.env, echo=self.log.append)

    @property
    def outputs(self) -> dict[str, str]:
        """The step's outputs, read as a runner reads them."""
        lines = (self.folder / "output").read_text().splitlines()
        heads = (line.split("<<") for line in lines[::3])
        assert lines[2::3] == [line.split("<<")[1] for line in lines[::3]]
        return {name: value for (name, _), value in zip(heads, lines[1::3], strict=True)}


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    event = {"pull_request": {"number": 7, "head": {"sha": "a" * 40}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    with serve() as github:
        yield Job(
            github,
            tmp_path,
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_API_URL": github.url,
                "GITHUB_EVENT_NAME": "pull_request",
                "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
                "GITHUB_JOB": "memory",
                "GITHUB_OUTPUT": str(tmp_path / "output"),
                "GITHUB_REPOSITORY": github.repository,
                "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
                "LEAKGATE_TOKEN": "ghs_workflow",
            },
        )


def test_everything_is_told(job: Job) -> None:
    job.publish(Verdict.NO_BASELINE)
    url = "https://github.com/octo/store/pull/7#issuecomment-1001"
    assert job.log == [
        (
            "::warning title=leakgate%3A no-baseline::There is no baseline: nothing was compared, "
            "so growth would not be noticed"
        ),
        f"leakgate: comment created: {url}",
    ]
    assert (job.folder / "summary").read_text() == "## leakgate: no-baseline\n"
    assert job.outputs == {
        "verdict": "no-baseline",
        "result": str(job.folder / "result.json"),
        "snapshot": str(job.folder / "snapshot.json"),
        "comment-url": url,
    }
    assert [comment.body for comment in job.github.comments] == [
        "<!-- leakgate:comment key=memory -->\n## leakgate: no-baseline"
    ]


def test_elsewhere_nothing_is_told(job: Job) -> None:
    del job.env["GITHUB_ACTIONS"]
    job.publish(Verdict.FAIL)
    assert job.log == []
    assert job.github.exchanges == []
    assert not (job.folder / "output").exists()


def test_trouble_with_the_api_costs_the_comment_alone(job: Job) -> None:
    job.env["LEAKGATE_TOKEN"] = "ghs_expired"
    with pytest.raises(ServiceError, match="GitHub refused the token"):
        job.publish(Verdict.PASS)
    assert (job.folder / "summary").read_text() == "## leakgate: pass\n"
    assert job.outputs["verdict"] == "pass"


def test_a_push_gets_no_comment(job: Job) -> None:
    job.env["GITHUB_EVENT_NAME"] = "push"
    job.publish(Verdict.FAIL)
    assert job.github.exchanges == []
    assert job.outputs["verdict"] == "fail"


@pytest.mark.parametrize(
    ("mode", "verdict", "comments"),
    [
        (CommentMode.ALWAYS, Verdict.PASS, 1),
        (CommentMode.ON_CHANGE, Verdict.PASS, 0),
        (CommentMode.ON_CHANGE, Verdict.FAIL, 1),
        (CommentMode.ON_FAILURE, Verdict.PASS, 0),
        (CommentMode.ON_FAILURE, Verdict.ERROR, 1),
        (CommentMode.NEVER, Verdict.FAIL, 0),
    ],
)
def test_the_mode_says_when_to_comment(job: Job, mode: CommentMode, verdict: Verdict, comments: int) -> None:
    job.publish(verdict, mode)
    assert len(job.github.comments) == comments


def test_a_comment_that_is_there_never_stays_wrong(job: Job) -> None:
    job.publish(Verdict.FAIL, CommentMode.ON_FAILURE)
    job.publish(Verdict.PASS, CommentMode.ON_FAILURE)
    assert [comment.body for comment in job.github.comments] == [
        "<!-- leakgate:comment key=memory -->\n## leakgate: pass"
    ]
