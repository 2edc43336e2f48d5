"""What the docs tell people to copy, followed by `act` from the first push to a fork's pull request.

Needs what `test_action.py` needs.
"""

import io
import re
import zipfile
from collections.abc import Iterator

import pytest

from act import copy_example
from forge import Forge, block, workflow
from gfm import page
from github_server.server import serve
from github_server.state import READ_ONLY_BOT, Artifact, Pull, User, WorkflowRun

pytestmark = pytest.mark.ci

LEAK = {"S3_FAULT": "unfinished-task"}


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with serve() as github:
        forge = Forge(github, tmp_path_factory.mktemp("story"))
        forge.start(copy_example, **{"memory.yml": workflow("baselines.md"), "comment.yml": workflow("forks.md")})
        yield forge


def text(comment: str) -> str:
    """What people read of it."""
    return page(comment).text.replace("\u2060", "")


def branches(forge: Forge) -> list[str]:
    return forge.origin.git("branch", "--format=%(refname:short)").split()


def test_the_story(forge: Forge) -> None:
    """One test, because each step is what the next one finds."""
    # The first push has nothing to compare with, and saves.
    pushed = forge.push()
    base = forge.work.git("rev-parse", "main")
    assert (pushed.exit_code, pushed.verdict) == (0, "no-baseline")
    assert "leakgate-baselines" in branches(forge)

    # A pull request that leaks is compared with it.
    failed_at = forge.commit_to_pull_request("Replicate in the background")
    leaking = forge.pull_request(**LEAK)
    assert (leaking.exit_code, leaking.verdict) == (1, "fail")
    [comment] = forge.github.comments
    assert "src/replica.rs" in comment.body
    assert base[:12] in comment.body
    [*_, check_run] = forge.github.check_runs
    assert check_run.fields["head_sha"] == failed_at
    assert (check_run.fields["name"], check_run.fields["conclusion"]) == ("leakgate / leakgate", "failure")
    assert forge.asked == [
        "POST /check-runs",
        "GET /pulls/7",
        "GET /issues/7/comments",
        "POST /issues/7/comments",
        "GET /issues/7/comments",  # whether another run has commented at the same time
        "PATCH /check-runs/3002",
    ]

    # A mended push turns the comment to resolved.
    mended_at = forge.commit_to_pull_request("Await the replication")
    mended = forge.pull_request()
    assert (mended.exit_code, mended.verdict) == (0, "pass")
    [comment] = forge.github.comments
    assert "### ✅ leakgate: resolved" in comment.body
    assert failed_at[:12] in comment.body
    assert mended_at[:12] in comment.body
    assert forge.asked == [
        "POST /check-runs",
        "GET /pulls/7",
        "GET /issues/7/comments",
        "PATCH /issues/comments/1001",
        "PATCH /check-runs/3003",
    ]

    # No pull request has written a baseline.
    saves = forge.origin.git("rev-list", "--count", "leakgate-baselines")
    assert saves == "1"


def test_a_check_that_does_not_compile_leaves_no_check_run_open(forge: Forge) -> None:
    forge.commit_to_pull_request("Half done", **{"src/error.rs": "pub enum", "result.json": '{"verdict": "pass"}'})
    comments = [comment.body for comment in forge.github.comments]
    broken = forge.pull_request()
    assert (broken.exit_code, broken.verdict) == (1, "")
    assert forge.asked == ["POST /check-runs", "PATCH /check-runs/3004"]
    [*_, check_run] = forge.github.check_runs
    assert (check_run.fields["status"], check_run.fields["conclusion"]) == ("completed", "failure")
    assert [comment.body for comment in forge.github.comments] == comments
    forge.work.git("checkout", "--quiet", "leak")
    forge.work.git("revert", "--no-edit", "HEAD")
    forge.work.git("checkout", "--quiet", "main")


def test_a_label_accepts_the_growth(forge: Forge) -> None:
    measured = forge.work.git("rev-parse", "main")
    asked_for = forge.merge_to_main(
        "Run again for labels", **{".github/workflows/memory.yml": workflow("accepting.md")}
    )
    forge.commit_to_pull_request("Replicate in the background, on purpose")
    forge.github.pulls[7].label("leakgate: accept", User("ada", "User"))
    accepted = forge.pull_request(action="labeled", **LEAK)
    assert (accepted.exit_code, accepted.verdict) == (0, "pass")
    [comment] = forge.github.comments
    assert "accepted" in comment.body
    assert "`ada`" in comment.body
    base = re.search("Compared with .*", text(comment.body))
    assert base is not None
    assert f"{measured[:12]}, 1 commit before {asked_for[:12]}" in base[0]
    assert forge.asked == [
        "POST /check-runs",
        "GET /pulls/7",  # whether the label is still there
        "GET /issues/7/events",  # who put it there
        "GET /pulls/7",
        "GET /issues/7/comments",
        "PATCH /issues/comments/1001",
        "PATCH /check-runs/3005",
    ]


def test_a_fork_is_commented_on_by_the_second_stage(forge: Forge) -> None:
    forge.github.pulls[7] = Pull(7, head_repository="mallory/store")
    forge.github.tokens["ghs_fork"] = READ_ONLY_BOT
    forge.commit_to_pull_request("From a fork")
    forked = forge.pull_request("ghs_fork", **LEAK)
    assert (forked.exit_code, forked.verdict) == (1, "fail")
    assert forge.github.comments == []
    [file] = forge.uploaded.iterdir()
    assert file.name == "leakgate-result-leakgate.zip"
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        assert sorted(archive.namelist()) == ["result.json", "run.json"]

    posted = forge.second_stage("failure")
    assert posted.exit_code == 0
    [comment] = forge.github.comments
    assert comment.body.startswith("<!-- leakgate:comment key=leakgate -->")
    assert "src/replica.rs" in comment.body
    assert "The pull request's own code made these figures" in comment.body


def test_an_entry_accepts_the_growth_until_it_is_the_baseline(forge: Forge) -> None:
    forge.github.pulls[7] = Pull(7)
    entry = block("accepting.md", "accept:").replace("::api upload*", "*").replace("2027-01-01", "2999-12-31")
    forge.commit_to_pull_request("Replicate in the background", **{"leakgate.yml": f"version: 1\n{entry}"})
    accepted = forge.pull_request(**LEAK)
    assert (accepted.exit_code, accepted.verdict) == (0, "pass")
    [comment] = forge.github.comments
    assert "accepted up to 3 MiB until 2999-12-31" in text(comment.body)
    assert "the new index is kept in memory" in text(comment.body)
    assert "It can be removed" not in text(comment.body)

    forge.work.merge("leak")
    forge.work.git("push", "--quiet", "origin", "main")
    merged = forge.push(**LEAK)
    assert (merged.exit_code, merged.verdict) == (0, "pass")
    assert forge.origin.git("rev-list", "--count", "leakgate-baselines") == "2"

    forge.commit_to_pull_request("Something else")
    later = forge.pull_request(**LEAK)
    assert (later.exit_code, later.verdict) == (0, "pass")
    assert (
        "The entry for s3-server* under accept accepted nothing: what it is for is within its ordinary limits. "
        "It can be removed."
    ) in text(comment.body)


def test_a_baseline_may_be_an_artifact(forge: Forge) -> None:
    forge.github.pulls[7] = Pull(7)
    of_artifacts = (
        workflow("baselines.md")
        .replace("command:", "store: artifact\n          command:")
        .replace("contents: write # on pushes: the baseline", "actions: read # the baseline")
    )
    assert of_artifacts.count("artifact") == of_artifacts.count("actions: read") == 1
    sha = forge.merge_to_main("Keep baselines as artifacts", **{".github/workflows/memory.yml": of_artifacts})
    saves = forge.origin.git("rev-parse", "leakgate-baselines")
    runner = {"GITHUB_WORKFLOW_REF": "octo/store/.github/workflows/memory.yml@refs/heads/main"}
    pushed = forge.push(**runner)
    assert (pushed.exit_code, pushed.verdict) == (0, "no-baseline")
    file = forge.uploaded / "leakgate-baseline-leakgate.zip"

    forge.github.runs.append(WorkflowRun(4800, sha, workflow="memory.yml"))
    forge.github.artifacts.append(Artifact(200, 4800, file.stem, file.read_bytes()))
    forge.commit_to_pull_request("Something else again")
    compared = forge.pull_request(**runner)
    assert (compared.exit_code, compared.verdict) == (0, "pass")
    [comment] = forge.github.comments
    assert f"{sha[:12]}, the commit asked for" in text(comment.body)
    assert "from the artifact leakgate-baseline-leakgate of run 4800" in text(comment.body)
    assert forge.asked[:5] == [
        "POST /check-runs",
        "GET /actions/workflows/memory.yml/runs",
        "GET /actions/runs/4800/artifacts",
        "GET /actions/artifacts/200/zip",
        "GET /pulls/7",
    ]
    assert forge.origin.git("rev-parse", "leakgate-baselines") == saves
