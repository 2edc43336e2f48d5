import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from github_server.server import GitHub, serve
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.config import CommentMode
from leakgate.errors import ServiceError, UsageError
from leakgate.github.job import Files, comment, report, required_context


@dataclass
class Job:
    """The steps of a job on a pull request, and what they leave behind."""

    github: GitHub
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def report(self, verdict: Verdict) -> None:
        files = Files(self.folder / "result.json", self.folder / "snapshot.json", self.folder / "comment.md")
        files.comment.write_text(f"## leakgate: {verdict}\n")
        report(_result(verdict), files, env=self.env, echo=self.log.append)

    def comment(self, verdict: Verdict, mode: CommentMode = CommentMode.ALWAYS) -> None:
        body = f"## leakgate: {verdict}\n"
        context = required_context(self.env)
        comment(_result(verdict), body, mode, context, env=self.env, echo=self.log.append)

    @property
    def outputs(self) -> dict[str, str]:
        """The last step's outputs, read as a runner reads them."""
        lines = (self.folder / "output").read_text().splitlines()
        heads = (line.split("<<") for line in lines[::3])
        assert lines[2::3] == [line.split("<<")[1] for line in lines[::3]]
        return {name: value for (name, _), value in zip(heads, lines[1::3], strict=True)}


def _result(verdict: Verdict) -> Result:
    return Result(verdict=verdict, base=None, head=Side(fingerprint={}), tests=())


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    event = {"pull_request": {"number": 7}}
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


def test_the_step_that_measures_reports_without_a_token_or_the_network(job: Job) -> None:
    del job.env["LEAKGATE_TOKEN"]
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
    assert job.github.exchanges == []


def test_the_step_after_it_comments(job: Job) -> None:
    job.comment(Verdict.NO_BASELINE)
    url = "https://github.com/octo/store/pull/7#issuecomment-1001"
    assert job.log == [f"leakgate: comment created: {url}"]
    assert job.outputs == {"comment-url": url}
    assert [comment.body for comment in job.github.comments] == [
        "<!-- leakgate:comment key=memory -->\n## leakgate: no-baseline"
    ]
    assert not (job.folder / "summary").exists()


def test_the_legs_of_a_matrix_have_a_comment_each(job: Job) -> None:
    for leg in ("memory 0", "memory 1", "memory 0"):
        job.env["LEAKGATE_KEY"] = leg
        job.comment(Verdict.PASS)
    assert [comment.body for comment in job.github.comments] == [
        "<!-- leakgate:comment key=memory%200 -->\n## leakgate: pass",
        "<!-- leakgate:comment key=memory%201 -->\n## leakgate: pass",
    ]


def test_elsewhere_nothing_is_told(job: Job) -> None:
    del job.env["GITHUB_ACTIONS"]
    job.report(Verdict.FAIL)
    assert job.log == []
    assert not (job.folder / "output").exists()
    with pytest.raises(UsageError, match="a comment is posted from a job of GitHub Actions alone"):
        job.comment(Verdict.FAIL)
    assert job.github.exchanges == []


def test_trouble_with_the_api_is_told(job: Job) -> None:
    job.env["LEAKGATE_TOKEN"] = "ghs_expired"
    with pytest.raises(ServiceError, match="GitHub refused the token"):
        job.comment(Verdict.PASS)
    del job.env["LEAKGATE_TOKEN"]
    with pytest.raises(ServiceError, match="there is no token"):
        job.comment(Verdict.PASS)


def test_a_push_gets_no_comment(job: Job) -> None:
    job.env["GITHUB_EVENT_NAME"] = "push"
    job.comment(Verdict.FAIL)
    assert job.github.exchanges == []
    assert job.log == ["leakgate: no comment, as the event is push and not pull_request"]


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
    job.comment(verdict, mode)
    assert len(job.github.comments) == comments
    [line] = job.log
    assert line.startswith("leakgate: comment created: " if comments else "leakgate: no comment, as the ")


def test_a_comment_that_is_there_never_stays_wrong(job: Job) -> None:
    job.comment(Verdict.FAIL, CommentMode.ON_FAILURE)
    job.comment(Verdict.PASS, CommentMode.ON_FAILURE)
    assert [comment.body for comment in job.github.comments] == [
        "<!-- leakgate:comment key=memory -->\n## leakgate: pass"
    ]
