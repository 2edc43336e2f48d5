"""From a fork's run that may not comment to the comment, against a server that answers as GitHub does."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_server.faults import FORBIDDEN, Fault
from github_server.server import GitHub, User, serve
from github_server.state import Artifact, Pull
from github_server.state import WorkflowRun as ServedRun
from leakgate.comparison.result import (
    AcceptedGrowth,
    MetricResult,
    Result,
    Side,
    Status,
    TestResult,
    Verdict,
)
from leakgate.dhat.profile import Metric
from leakgate.errors import ServiceError, UsageError
from leakgate.github.client import connect
from leakgate.github.comment import Action, CommentOutcome
from leakgate.github.comment_state import Resolved
from leakgate.github.context import ActionsContext
from leakgate.github.event import WorkflowRun
from leakgate.github.patience import Patience
from leakgate.github.second_stage import Posted, Publication, leave, publish
from leakgate.reports import markdown

PATIENCE = Patience(between_writes=0)
HEAD = "a" * 40
FORK = "mallory/store"
RUN = WorkflowRun(
    id=5,
    event="pull_request",
    head_sha=HEAD,
    head_branch="feature",
    head_repository=FORK,
    head_owner="mallory",
)
CONTEXT = ActionsContext(
    repository="octo/store",
    api_url="",
    event="workflow_run",
    pull_request=None,
    job="post",
    step_summary=None,
    output=None,
    workflow_run=RUN,
)
ROW = MetricResult(base=64, head=96, delta=32, ratio=1.5, status=Status.FAIL, grown=True, limit="1.2×")
RESULT = Result(
    verdict=Verdict.FAIL,
    base=Side(commit="b" * 40, fingerprint={"rustc": "1.95.0"}),
    head=Side(commit="c" * 40, fingerprint={"rustc": "1.95.0"}),
    command="cargo test",
    tests=(
        TestResult(
            name="s3 put",
            status=Status.FAIL,
            units=("bytes", "blocks"),
            metrics={Metric.T_END_BYTES: ROW},
            sites=(),
        ),
    ),
)
ORIGIN = (
    "<sub>⚠️ The pull request's own code made these figures, in "
    "[this run](https://github.com/octo/store/actions/runs/5). "
    "leakgate has checked their form; it cannot know that they are true.</sub>"
)


@dataclass
class Stage:
    """A repository with a fork's pull request, and the second stage's step log."""

    github: GitHub
    log: list[str] = field(default_factory=list)
    mended: list[Resolved | None] = field(default_factory=list)

    def left(self, name: str, files: Mapping[str, bytes], run: int = 5) -> None:
        """As if the first stage's run had uploaded `files`."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, content in files.items():
                archive.writestr(file, content)
        self.left_bytes(name, buffer.getvalue(), run)

    def left_bytes(self, name: str, content: bytes, run: int = 5) -> None:
        self.github.artifacts.append(Artifact(len(self.github.artifacts) + 1, run, name, content))

    def publish(
        self, context: ActionsContext = CONTEXT, *, wanted: bool = True, accept_label: str = "leakgate: accept"
    ) -> Publication:
        with connect(self.github.url, "ghs_workflow", patience=PATIENCE) as client:
            return publish(
                client,
                context,
                render=self._render,
                wants_comment=lambda _: wanted,
                echo=self.log.append,
                accept_label=accept_label,
            )

    def _render(self, result: Result, resolved: Resolved | None, page: str) -> str:
        self.mended.append(resolved)
        return markdown.render(result, more=page)

    @property
    def asked(self) -> list[str]:
        return [f"{said.method} {said.path}" for said in self.github.exchanges]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with serve() as github:
        github.runs = [ServedRun(5, HEAD, "feature", "pull_request", head_repository=FORK)]
        github.pulls = {7: Pull(7, HEAD, head_repository=FORK)}
        yield Stage(github)


def first_stage(directory: Path, result: Result = RESULT, key: str = "memory") -> tuple[str, dict[str, bytes]]:
    """What the first stage leaves: the artifact's name and its files."""
    name = leave(result, key, directory)
    return name, {file.name: file.read_bytes() for file in directory.iterdir()}


def test_a_failure_in_a_fork_becomes_a_comment(stage: Stage, tmp_path: Path) -> None:
    stage.left(*first_stage(tmp_path))
    publication = stage.publish()
    [comment] = stage.github.comments
    url = f"https://github.com/octo/store/pull/7#issuecomment-{comment.id}"
    assert publication.trouble == ()
    assert publication.posted == (Posted(7, CommentOutcome(url, Action.CREATED)),)
    marker, state, *_ = comment.body.split("\n")
    assert marker == "<!-- leakgate:comment key=memory -->"
    assert state.startswith(f"<!-- leakgate:state verdict=fail head={HEAD}")
    assert "### ❌ leakgate: 1 of 1 test crossed a memory limit" in comment.body
    assert "cargo test" not in comment.body
    assert comment.body.endswith(ORIGIN)
    assert stage.log == [f"leakgate: leakgate-result-memory: comment created: {url}"]
    assert stage.asked == [
        "GET /repos/octo/store/actions/runs/5/artifacts",
        "GET /repos/octo/store/pulls",
        "GET /repos/octo/store/actions/artifacts/1/zip",
        "GET /repos/octo/store/pulls/7",
        "GET /repos/octo/store/issues/7/comments",
        "POST /repos/octo/store/issues/7/comments",
        "GET /repos/octo/store/issues/7/comments",
    ]


def test_the_mended_push_turns_the_comment_to_resolved(stage: Stage, tmp_path: Path) -> None:
    stage.left(*first_stage(tmp_path / "1"))
    stage.publish()
    stage.github.pulls[7].head_sha = mended = "e" * 40
    stage.github.runs.append(ServedRun(6, mended, "feature", "pull_request", head_repository=FORK))
    row = msgspec.structs.replace(ROW, head=64, delta=0, ratio=1.0, status=Status.PASS, grown=False)
    test = msgspec.structs.replace(RESULT.tests[0], status=Status.PASS, metrics={Metric.T_END_BYTES: row})
    passed = msgspec.structs.replace(RESULT, verdict=Verdict.PASS, tests=(test,))
    stage.left(*first_stage(tmp_path / "2", passed), run=6)
    publication = stage.publish(replace(CONTEXT, workflow_run=msgspec.structs.replace(RUN, id=6, head_sha=mended)))
    assert [posted.outcome.action for posted in publication.posted] == [Action.UPDATED]
    assert stage.mended[0] is None
    assert stage.mended[-1] == Resolved(failed=HEAD, mended=mended)
    [comment] = stage.github.comments
    assert "verdict=pass" in comment.body


def test_each_job_has_its_comment(stage: Stage, tmp_path: Path) -> None:
    for key in ("memory 0", "memory 1", "build"):
        stage.left(*first_stage(tmp_path / key, key=key))
    assert len(stage.publish().posted) == 3
    assert [comment.body.split("\n")[0] for comment in stage.github.comments] == [
        "<!-- leakgate:comment key=build -->",
        "<!-- leakgate:comment key=memory%200 -->",
        "<!-- leakgate:comment key=memory%201 -->",
    ]


def test_the_newest_attempt_of_a_run_counts(stage: Stage, tmp_path: Path) -> None:
    stage.left_bytes("leakgate-result-memory", b"the first attempt")
    stage.left(*first_stage(tmp_path))
    assert len(stage.publish().posted) == 1


def test_two_pull_requests_of_one_branch_both_get_it(stage: Stage, tmp_path: Path) -> None:
    stage.github.pulls[9] = Pull(9, HEAD, head_repository=FORK, base_ref="stable")
    stage.left(*first_stage(tmp_path))
    assert [posted.pull_request for posted in stage.publish().posted] == [7, 9]
    assert [len(pull.comments) for pull in stage.github.pulls.values()] == [1, 1]


def test_dependabot_counts_as_a_fork(stage: Stage, tmp_path: Path) -> None:
    stage.github.pulls = {7: Pull(7, HEAD, "dependabot/cargo/tokio", "octo/store")}
    stage.left(*first_stage(tmp_path))
    run = msgspec.structs.replace(
        RUN, head_repository="octo/store", head_owner="octo", head_branch="dependabot/cargo/tokio"
    )
    assert len(stage.publish(replace(CONTEXT, workflow_run=run)).posted) == 1


def test_no_comment_is_made_that_is_not_wanted(stage: Stage, tmp_path: Path) -> None:
    stage.left(*first_stage(tmp_path))
    [posted] = stage.publish(wanted=False).posted
    assert posted.outcome.action == Action.UNWANTED
    assert stage.log == ["leakgate: leakgate-result-memory: comment unwanted: none"]
    assert stage.github.comments == []


NO_PULL = f"leakgate: nothing to post: no open pull request has {HEAD} as its head"


@pytest.mark.parametrize(
    "pull",
    [
        Pull(7, HEAD, head_repository=FORK, state="closed"),
        Pull(7, "f" * 40, head_repository=FORK),
        Pull(7, HEAD, "other", FORK),
        Pull(7, HEAD, head_repository="alice/store"),
        Pull(7, HEAD, head_repository="octo/store"),
        Pull(7, HEAD, head_repository=None),
    ],
    ids=["closed", "moved on", "other branch", "someone else's", "our own", "fork gone"],
)
def test_no_other_pull_request_is_commented_on(stage: Stage, tmp_path: Path, pull: Pull) -> None:
    """Someone else's pull request can have this very commit: whoever can read it can push it to a fork."""
    stage.github.pulls = {7: pull}
    stage.left(*first_stage(tmp_path))
    assert stage.publish() == Publication()
    assert stage.log == [NO_PULL]
    assert stage.github.writes() == []
    assert stage.github.downloads == []


@pytest.mark.parametrize("unknown", ["head_repository", "head_branch"])
def test_a_fork_that_is_gone_has_no_pull_request(stage: Stage, tmp_path: Path, unknown: str) -> None:
    stage.left(*first_stage(tmp_path))
    run = msgspec.structs.replace(RUN, **{unknown: None})
    assert stage.publish(replace(CONTEXT, workflow_run=run)) == Publication()
    assert stage.log == [NO_PULL]


def test_a_push_in_between_makes_it_outdated(stage: Stage, tmp_path: Path) -> None:
    stage.left(*first_stage(tmp_path))
    stage.github.change_before("GET", "/zip", lambda github: setattr(github.pulls[7], "head_sha", "f" * 40))
    [posted] = stage.publish().posted
    assert posted.outcome.action == Action.OUTDATED
    assert stage.github.comments == []


def test_a_run_that_left_nothing_is_no_trouble(stage: Stage) -> None:
    stage.left("coverage", {"result.json": b"{}"})
    assert stage.publish() == Publication()
    assert stage.log == [
        "leakgate: nothing to post: run 5 left no result, as it could comment itself or came to none"
    ]


@pytest.mark.parametrize("event", ["push", "schedule", "pull_request_target", "workflow_dispatch"])
def test_a_run_of_another_event_is_none_of_its_business(stage: Stage, tmp_path: Path, event: str) -> None:
    stage.left(*first_stage(tmp_path))
    run = msgspec.structs.replace(RUN, event=event)
    assert stage.publish(replace(CONTEXT, workflow_run=run)) == Publication()
    assert stage.log == ["leakgate: nothing to post: run 5 was not started by a pull request"]
    assert stage.github.exchanges == []


def test_it_belongs_to_the_event_workflow_run(stage: Stage) -> None:
    with pytest.raises(UsageError) as caught:
        stage.publish(replace(CONTEXT, event="push", workflow_run=None))
    assert str(caught.value) == (
        "results of other runs are posted on the event workflow_run, and this one is push\n"
        "  help: docs/forks.md has the workflow to copy"
    )


def test_a_missing_right_is_named(stage: Stage) -> None:
    stage.github.plan("GET", "/artifacts", Fault(FORBIDDEN))
    with pytest.raises(ServiceError) as caught:
        stage.publish()
    assert str(caught.value).startswith("the artifacts of run 5 cannot be listed: ")
    assert str(caught.value).endswith("give the second stage `permissions: {actions: read, pull-requests: write}`")


FOREIGN_RUN = "run.json: is not what the first stage leaves"
GOOD_RUN = b'{"version":1,"key":"memory"}'
GOOD_RESULT = msgspec.json.encode(RESULT)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "should hold `result.json` and `run.json`, each once and nothing else (files in it: 0)"),
        (
            {"run.json": GOOD_RUN, "result.json": GOOD_RESULT, "comment.md": b"# Merge this"},
            "should hold `result.json` and `run.json`, each once and nothing else (files in it: 3)",
        ),
        ({"run.json": b"", "result.json": GOOD_RESULT}, FOREIGN_RUN),
        ({"run.json": b'{"version":1}', "result.json": GOOD_RESULT}, FOREIGN_RUN),
        (
            {"run.json": b'{"version":1,"key":"memory","pull_request":1}', "result.json": GOOD_RESULT},
            FOREIGN_RUN,
        ),
        ({"run.json": b"[" * 1999, "result.json": GOOD_RESULT}, FOREIGN_RUN),
        (
            {"run.json": b'{"version":2,"key":"memory"}', "result.json": GOOD_RESULT},
            "run.json: version 2; this leakgate reads version 1",
        ),
        (
            {"run.json": b'{"version":1,"key":"other"}', "result.json": GOOD_RESULT},
            "run.json: has a key that is not the artifact's",
        ),
        (
            {"run.json": b'{"version":1,"key":"memory' + b" " * 2000 + b'"}', "result.json": GOOD_RESULT},
            "run.json: unpacks to more than 2,000 bytes, the most that is read",
        ),
        ({"run.json": GOOD_RUN, "result.json": b""}, "result.json: is empty"),
        (
            {"run.json": GOOD_RUN, "result.json": b'{"x":' + b"[" * 10**6},
            "damaged result: its JSON is nested too deeply",
        ),
        ({"run.json": GOOD_RUN, "result.json": GOOD_RESULT[:-1]}, "damaged result: it is cut off here"),
        (
            {"run.json": GOOD_RUN, "result.json": GOOD_RESULT.replace(b'"delta":32', b'"delta":-9')},
            "$.tests[0].metrics: has figures that contradict each other",
        ),
    ],
)
def test_what_the_first_stage_would_not_leave_is_refused(
    stage: Stage, files: Mapping[str, bytes], message: str
) -> None:
    stage.left("leakgate-result-memory", files)
    publication = stage.publish()
    assert publication.posted == ()
    [error] = publication.trouble
    assert message in str(error)
    place = "artifact leakgate-result-memory: "
    assert str(error).startswith(place)
    [line] = stage.log
    assert line.startswith(f"::warning title=leakgate%3A a result was not posted::{place}")
    assert stage.github.writes() == []


def test_text_in_a_damaged_result_runs_no_workflow_command(stage: Stage) -> None:
    stage.left(
        "leakgate-result-memory",
        {"run.json": GOOD_RUN, "result.json": GOOD_RESULT.replace(b'"fail"', b'"x\\n::error::pwned\\r"', 1)},
    )
    stage.publish()
    [line] = stage.log
    assert line.startswith("::warning ")
    assert "\n" not in line
    assert "\r" not in line


def test_one_bad_result_does_not_keep_the_others_from_being_posted(stage: Stage, tmp_path: Path) -> None:
    stage.left_bytes("leakgate-result-bad", b"no zip")
    stage.left(*first_stage(tmp_path))
    publication = stage.publish()
    assert len(publication.posted) == 1
    assert [str(error) for error in publication.trouble] == [
        "artifact leakgate-result-bad: is not a zip file that can be read (BadZipFile)"
    ]


def test_a_result_that_has_expired_is_said(stage: Stage) -> None:
    stage.github.artifacts = [Artifact(1, 5, "leakgate-result-memory", b"", expired=True)]
    [error] = stage.publish().trouble
    assert str(error) == (
        "artifact leakgate-result-memory: is no longer there\n  help: run the first workflow again"
    )


def test_a_run_cannot_make_hundreds_of_comments(stage: Stage, tmp_path: Path) -> None:
    for number in range(25):
        stage.left(*first_stage(tmp_path / str(number), key=f"job-{number}"))
    publication = stage.publish()
    assert len(publication.posted) == len(stage.github.comments) == 20
    assert [str(error) for error in publication.trouble] == ["run 5 left 25 results; 20 are posted at most"]


GROWTH = AcceptedGrowth(
    test="s3 put", metric=Metric.T_END_BYTES, value=96, source="label", label="leakgate: accept", by="torvalds"
)


def accepted_by_label() -> Result:
    row = msgspec.structs.replace(ROW, status=Status.ACCEPTED)
    test = msgspec.structs.replace(RESULT.tests[0], status=Status.ACCEPTED, metrics={Metric.T_END_BYTES: row})
    return msgspec.structs.replace(RESULT, verdict=Verdict.PASS, tests=(test,), accepted=(GROWTH,))


def test_a_label_that_is_there_is_shown_with_who_put_it_there(stage: Stage, tmp_path: Path) -> None:
    stage.github.pulls[7].label("leakgate: accept", User("grace", "User"))
    stage.left(*first_stage(tmp_path, accepted_by_label()))
    stage.publish()
    [comment] = stage.github.comments
    assert "verdict=pass" in comment.body
    assert "grace" in comment.body
    assert "torvalds" not in comment.body


def test_a_label_that_is_not_there_accepts_nothing(stage: Stage, tmp_path: Path) -> None:
    stage.github.pulls[7].label("leakgate: accept", User("grace", "User"))
    stage.github.pulls[7].unlabel("leakgate: accept", User("grace", "User"))
    stage.left(*first_stage(tmp_path, accepted_by_label()))
    stage.publish()
    [comment] = stage.github.comments
    assert "verdict=fail" in comment.body
    assert "torvalds" not in comment.body
    assert "this pull request does not have the label that does so" in comment.body


@pytest.mark.parametrize("accept_label", ["leakgate: accept", "memory: fine", ""])
def test_a_label_that_a_bot_puts_on_accepts_nothing(stage: Stage, tmp_path: Path, accept_label: str) -> None:
    """A fork chooses the label that its result names, and what some labeler puts on any pull request."""
    stage.github.pulls[7].label("dependencies", User("labeler[bot]", "Bot"))
    growth = msgspec.structs.replace(GROWTH, label="dependencies")
    stage.left(*first_stage(tmp_path, msgspec.structs.replace(accepted_by_label(), accepted=(growth,))))
    stage.publish(accept_label=accept_label)
    [comment] = stage.github.comments
    assert "verdict=fail" in comment.body
    assert "labeler" not in comment.body


def test_the_label_may_have_another_name(stage: Stage, tmp_path: Path) -> None:
    stage.github.pulls[7].label("Memory: fine", User("grace", "User"))
    growth = msgspec.structs.replace(GROWTH, label="Memory: fine")
    stage.left(*first_stage(tmp_path, msgspec.structs.replace(accepted_by_label(), accepted=(growth,))))
    stage.publish(accept_label="memory: fine")
    [comment] = stage.github.comments
    assert "verdict=pass" in comment.body
    assert "grace" in comment.body


def test_no_result_is_left_under_a_key_that_cannot_be_posted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="this cannot be a job's key: "):
        leave(RESULT, "a\nb", tmp_path)
    assert list(tmp_path.iterdir()) == []


@given(key=st.text(max_size=300))
def test_what_is_left_under_any_key_can_be_posted(key: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("left")
    try:
        name = leave(RESULT, key, directory)
    except UsageError:
        return
    assert msgspec.json.decode((directory / "run.json").read_bytes()) == {"version": 1, "key": key}
    assert msgspec.json.decode((directory / "result.json").read_bytes(), type=Result) == RESULT
    assert name.startswith("leakgate-result-")


def test_the_longest_comment_has_room_for_the_longest_key(stage: Stage, tmp_path: Path) -> None:
    key = "x" * 200
    stage.left(*first_stage(tmp_path, key=key))
    with connect(stage.github.url, "ghs_workflow", patience=PATIENCE) as client:
        publication = publish(
            client,
            replace(CONTEXT, server_url="https://github.enterprise.example.com"),
            render=lambda *_: "x" * markdown.MAX_COMMENT,
            wants_comment=lambda _: True,
            echo=stage.log.append,
        )
    assert publication.trouble == ()
