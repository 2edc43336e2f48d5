"""What is told and kept after the tests, against a server that answers as GitHub does and a repository on disk."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from msgspec import structs

from factories import FINGERPRINT, snapshot
from github_server.faults import Answer, Fault, Planned
from github_server.server import serve
from github_server.state import READ_ONLY_BOT, CheckRun
from jobs import JobStep
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.config import DEFAULT, Baseline, CommentMode, StoreName
from leakgate.publish import Job, publish, publish_for_others
from leakgate.snapshot.stored import dump
from results import caused_test


@dataclass
class Step(JobStep):
    """The step after the check."""

    check_run: int | None = None
    outcome: str = "success"

    @property
    def head(self) -> str:
        """The pull request's newest commit."""
        return self.github.pulls[7].head_sha

    def begin_check_run(self) -> CheckRun:
        """As the step before the tests does it."""
        self.check_run = 1
        self.github.check_runs.append(CheckRun(1, {"name": "leakgate / memory", "head_sha": self.head}))
        return self.github.check_runs[0]

    def publish(
        self,
        verdict: Verdict | Result | None,
        mode: CommentMode = CommentMode.ALWAYS,
        key: str = "memory",
        store: StoreName | None = None,
    ) -> dict[str, str]:
        """What came of it as the step's outputs."""
        output = self.folder / "output"
        output.unlink(missing_ok=True)
        self.env["GITHUB_OUTPUT"] = str(output)
        path = self.folder / "snapshot.json"
        path.write_bytes(dump(snapshot("s3 put: gmax=10 end=0", commit=self.clone.head)))
        config = replace(DEFAULT, comment=mode, baseline=Baseline(store=store))
        result = _result(verdict) if isinstance(verdict, Verdict) else verdict
        publish(result, path, config, self._job(key))
        if not output.exists():
            return {}
        lines = output.read_text().splitlines()
        return {head.split("<<")[0]: value for head, value in zip(lines[::3], lines[1::3], strict=True)}

    def publish_for_others(self, mode: CommentMode) -> None:
        publish_for_others(mode, "leakgate: accept", self._job("memory"))

    def _job(self, key: str) -> Job:
        return Job(
            context=self.context,
            edges=replace(self.edges, key=key),
            outcome=self.outcome,
            check_run=self.check_run,
            directory=self.folder / "out",
            echo=self.log.append,
            say=self.log.append,
            warn=self.trouble.append,
        )


def _result(verdict: Verdict) -> Result:
    base = None if verdict is Verdict.NO_BASELINE else Side(fingerprint=FINGERPRINT)
    return Result(verdict=verdict, base=base, head=Side(fingerprint=FINGERPRINT), tests=())


@pytest.fixture
def step(tmp_path: Path) -> Iterator[Step]:
    with serve() as github:
        step = Step(github, tmp_path)
        step.start()
        step.open_pull_request()
        yield step


def pushed(step: Step, ref: str = "refs/heads/main") -> None:
    """The job is for a push instead."""
    shutil.rmtree(step.clone.path)
    step.push()
    step.payload["ref"] = step.env["GITHUB_REF"] = ref


def branches(step: Step) -> list[str]:
    """Those that leakgate has made."""
    found = step.origin.git("branch", "--format=%(refname:short)").split()
    return [branch for branch in found if branch not in {"main", "feature"}]


def test_a_pull_request_gets_its_comment(step: Step) -> None:
    outputs = step.publish(Verdict.NO_BASELINE)
    url = "https://github.com/octo/store/pull/7#issuecomment-1001"
    assert outputs == {"comment-url": url}
    assert step.log == [
        f"leakgate: comment created: {url}",
        (
            "leakgate: no baseline is saved, as the event is pull_request, and only push, schedule and "
            "workflow_dispatch save one"
        ),
    ]
    [comment] = step.github.comments
    assert comment.body.startswith(
        "<!-- leakgate:comment key=memory -->\n<!-- leakgate:state verdict=no-baseline "
    )
    assert (branches(step), step.trouble) == ([], [])


def test_places_lead_to_the_commit_that_was_measured(step: Step) -> None:
    measured = "0123456789abcdef" * 2 + "01234567"
    failed = structs.replace(
        _result(Verdict.FAIL), head=Side(commit=measured, fingerprint=FINGERPRINT), tests=(caused_test(),)
    )
    step.publish(failed)
    [comment] = step.github.comments
    blob = f"https://github.com/octo/store/blob/{measured}"
    assert f'at <a href="{blob}/src/server/connection.rs#L17"><code>src/server/connection.rs:17</code></a>' in (
        comment.body
    )
    assert f"tasks spawned at [`src/server.rs:42`]({blob}/src/server.rs#L42)" in comment.body


def test_the_legs_of_a_matrix_have_a_comment_each(step: Step) -> None:
    for leg in ("memory 0", "memory 1", "memory 0"):
        step.publish(Verdict.PASS, key=leg)
    assert [comment.body.split("\n")[0] for comment in step.github.comments] == [
        "<!-- leakgate:comment key=memory%200 -->",
        "<!-- leakgate:comment key=memory%201 -->",
    ]


@pytest.mark.parametrize(
    ("mode", "verdict", "comments"),
    [
        (CommentMode.ALWAYS, Verdict.PASS, 1),
        (CommentMode.ON_CHANGE, Verdict.PASS, 0),
        (CommentMode.ON_FAILURE, Verdict.ERROR, 1),
        (CommentMode.NEVER, Verdict.FAIL, 0),
    ],
)
def test_the_mode_says_when_to_comment(step: Step, mode: CommentMode, verdict: Verdict, comments: int) -> None:
    step.publish(verdict, mode)
    assert len(step.github.comments) == comments
    assert step.log[0].startswith("leakgate: comment created: " if comments else "leakgate: no comment, as the ")


def test_a_mended_pull_request_is_called_resolved_in_every_mode(step: Step) -> None:
    step.publish(Verdict.FAIL, CommentMode.ON_FAILURE)
    step.publish(Verdict.PASS, CommentMode.ON_FAILURE)
    [comment] = step.github.comments
    assert "### ✅ leakgate: resolved · 0 tests within their memory limits" in comment.body
    assert f"It crossed a limit at `{step.head[:12]}`" in comment.body


def test_a_head_that_has_moved_gets_no_comment(step: Step) -> None:
    step.github.pulls[7].head_sha = "c" * 40
    assert step.publish(Verdict.FAIL) == {}
    assert step.github.comments == []
    assert step.log[0] == ("leakgate: no comment: the pull request has a newer commit, whose own run will comment")


def test_a_first_comment_takes_five_requests_and_a_later_one_four(step: Step) -> None:
    step.begin_check_run()
    step.publish(Verdict.PASS)
    said = [f"{said.method} {said.path}" for said in step.github.exchanges]
    assert said == [
        "GET /repos/octo/store/pulls/7",
        "GET /repos/octo/store/issues/7/comments",
        "POST /repos/octo/store/issues/7/comments",
        "GET /repos/octo/store/issues/7/comments",
        "PATCH /repos/octo/store/check-runs/1",
    ]
    step.publish(Verdict.FAIL)
    assert [f"{said.method} {said.path}" for said in step.github.exchanges[5:]] == [
        "GET /repos/octo/store/pulls/7",
        "GET /repos/octo/store/issues/7/comments",
        "PATCH /repos/octo/store/issues/comments/1001",
        "PATCH /repos/octo/store/check-runs/1",
    ]


def test_a_forks_result_is_left_for_the_second_stage(step: Step) -> None:
    step.payload["pull_request"]["head"]["repo"] = {"full_name": "mallory/store"}
    outputs = step.publish(Verdict.FAIL)
    assert outputs == {
        "artifact-name": "leakgate-result-memory",
        "artifact-path": str(step.folder / "out/for-second-stage"),
        "artifact-days": "5",
    }
    assert sorted(path.name for path in Path(outputs["artifact-path"]).iterdir()) == ["result.json", "run.json"]
    assert step.github.exchanges == []


def test_dependabot_counts_as_a_fork(step: Step) -> None:
    step.env["GITHUB_ACTOR"] = "dependabot[bot]"
    assert step.publish(Verdict.PASS)["artifact-name"] == "leakgate-result-memory"
    assert step.github.exchanges == []


def test_a_token_that_may_not_comment_leaves_the_result_too(step: Step) -> None:
    step.github.tokens["ghs_workflow"] = READ_ONLY_BOT
    assert step.publish(Verdict.PASS)["artifact-name"] == "leakgate-result-memory"
    [trouble] = step.trouble
    assert "the token may not do this (403 Resource not accessible by integration)" in str(trouble)


def test_trouble_with_the_api_is_told_and_costs_nothing_else(step: Step) -> None:
    step.token = "ghs_expired"
    step.check_run = 1
    assert step.publish(Verdict.PASS) == {}
    assert [error.what for error in step.trouble] == ["GitHub refused the token (401 Bad credentials)"] * 2


def test_a_push_to_a_tracked_branch_saves_the_baseline_also_when_the_gate_fails(step: Step) -> None:
    pushed(step)
    assert step.publish(Verdict.FAIL) == {}
    head = step.clone.head
    path = f"memory/snapshots/{head[:2]}/{head}.leakgate-snapshot.json"
    assert step.log == [f"leakgate: saved as the baseline of {head[:12]}: branch leakgate-baselines, {path}"]
    assert branches(step) == ["leakgate-baselines"]
    assert step.github.exchanges == []


@pytest.mark.parametrize("ref", ["refs/heads/feature", "refs/tags/v1", "refs/heads/gh-readonly-queue/main/pr-7"])
def test_other_pushes_save_nothing(step: Step, ref: str) -> None:
    pushed(step, ref)
    step.publish(Verdict.PASS)
    [line] = step.log
    assert line.startswith("leakgate: no baseline is saved, as ")
    assert branches(step) == []


@pytest.mark.parametrize(
    ("store", "why"),
    [
        (StoreName.FILE, "it is a file that people commit, in the store `file`"),
        (StoreName.REBUILD, "the store `rebuild` measures the base commit each time"),
    ],
)
def test_stores_that_no_run_saves_to_are_no_trouble(step: Step, store: StoreName, why: str) -> None:
    pushed(step)
    assert step.publish(Verdict.PASS, store=store) == {}
    assert step.log == [f"leakgate: no baseline is saved, as {why}"]
    assert (step.trouble, branches(step)) == ([], [])
    assert step.clone.git("status", "--porcelain") == ""


def test_an_incomplete_measurement_is_no_baseline(step: Step) -> None:
    pushed(step)
    step.publish(Verdict.ERROR)
    assert branches(step) == []


def test_a_baseline_that_cannot_be_pushed_is_a_warning(step: Step) -> None:
    pushed(step)
    hook = step.folder / "origin.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    step.publish(Verdict.PASS)
    [error] = step.trouble
    assert "permissions: contents: write" in (error.remedy or "")


@pytest.mark.parametrize(
    ("verdict", "outcome", "conclusion"),
    [
        (Verdict.PASS, "success", "success"),
        (Verdict.FAIL, "failure", "failure"),
        (Verdict.ERROR, "failure", "failure"),
        (Verdict.NO_BASELINE, "success", "neutral"),
        (Verdict.NO_BASELINE, "failure", "failure"),  # `no-baseline: fail`
        (Verdict.INCOMPARABLE, "success", "neutral"),
        (None, "failure", "failure"),
        (None, "skipped", "failure"),
        (None, "cancelled", "cancelled"),
    ],
)
def test_the_check_run_is_completed_whatever_happened(
    step: Step, verdict: Verdict | None, outcome: str, conclusion: str
) -> None:
    begun = step.begin_check_run()
    step.outcome = outcome
    step.publish(verdict)
    assert (begun.fields["status"], begun.fields["conclusion"]) == ("completed", conclusion)
    assert step.trouble == []


def test_throttling_of_the_comment_does_not_cost_the_check_run(step: Step) -> None:
    begun = step.begin_check_run()
    limited = Answer(403, {"message": "API rate limit exceeded"}, {"retry-after": "3600"})
    step.github.faults.append(Planned("GET", "/pulls/7", Fault(answer=limited)))
    step.publish(Verdict.PASS)
    assert begun.fields["conclusion"] == "success"
    [error] = step.trouble
    assert "rate limit" in error.what


def test_the_second_stage_too_leaves_comments_alone_where_none_are_wanted(step: Step) -> None:
    step.event = "workflow_run"
    step.payload["workflow_run"] = {"id": 5, "event": "pull_request", "head_sha": step.head}
    step.publish_for_others(CommentMode.NEVER)
    assert step.log == ["leakgate: no comment, as the mode is never"]
    assert step.github.exchanges == []
    step.publish_for_others(CommentMode.ON_FAILURE)
    assert [said.path for said in step.github.exchanges] == ["/repos/octo/store/actions/runs/5/artifacts"]
