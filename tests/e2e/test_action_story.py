"""What the docs tell people to copy, followed by `act` from the first push to a fork's pull request.

A bare repository is the remote, working copies are made as `actions/checkout` makes them, and a local server
answers for GitHub's API. Needs what `test_action.py` needs.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from act import Run, act, copy_action, copy_example
from gfm import page
from github_server.openapi import Description
from github_server.server import GitHub, serve
from github_server.state import READ_ONLY_BOT, Artifact, Pull, User, WorkflowRun
from repositories import Repository, checked_out, clone, make

pytestmark = pytest.mark.ci

ROOT = Path(__file__).parents[2]
URL = "https://github.com/octo/store.git"
LEAK = {"S3_FAULT": "unfinished-task"}


def block(page: str, begin: str) -> str:
    """The first block of a page of the docs that begins like this."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.search(rf"```yaml\n({begin}.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def workflow(page: str) -> str:
    return block(page, "name: ")


@dataclass
class Forge:
    """A project on GitHub, and a runner for its workflows."""

    github: GitHub
    folder: Path
    runs: int = 0
    asked: list[str] = field(default_factory=list)
    """What the newest run has asked of the API."""

    @property
    def origin(self) -> Repository:
        return Repository(self.folder / "origin.git")

    @property
    def work(self) -> Repository:
        """Where people commit."""
        return Repository(self.folder / "work")

    def start(self) -> None:
        """The example project with the workflows of the docs, pushed to main."""
        make(self.origin.path, bare=True)
        self.origin.git("config", "uploadpack.allowFilter", "true")
        clone(self.origin, self.work.path)
        copy_example(self.work.path)
        copy_action(self.folder / "leakgate")
        workflows = self.work.path / ".github/workflows"
        workflows.mkdir(parents=True)
        (workflows / "memory.yml").write_text(workflow("baselines.md"))
        (workflows / "comment.yml").write_text(workflow("forks.md"))
        (self.work.path / ".gitignore").write_text("target/\n")
        self.work.git("checkout", "--quiet", "-b", "main")
        self.work.git("add", "--all")
        self.work.commit("The store")
        self.work.git("push", "--quiet", "origin", "main")

    @property
    def uploaded(self) -> Path:
        """Where the artifacts are."""
        return self.folder / "uploaded"

    def merge_to_main(self, message: str, **files: str) -> str:
        """A commit on main with these files; its hash. Nothing runs."""
        self.work.commit(message, **files)
        self.work.git("push", "--quiet", "origin", "main")
        return self.work.head

    def push(self, **settings: str) -> Run:
        """The run for the newest push to main."""
        sha = self.work.git("rev-parse", "main")
        payload = {"ref": "refs/heads/main", "before": "0" * 40, "after": sha, "repository": self._repository()}
        return self._run(
            "push", payload, sha, "refs/remotes/origin/main", GITHUB_REF="refs/heads/main", **settings
        )

    def commit_to_pull_request(self, message: str, **files: str) -> str:
        """A commit on the branch `leak`, and GitHub's merge of it."""
        if "leak" not in self.work.git("branch", "--format=%(refname:short)").split():
            self.work.git("branch", "leak", "main")
        self.work.git("checkout", "--quiet", "leak")
        head = self.work.commit(message, **files)
        self.work.git("checkout", "--quiet", "--detach", "main")
        merge = self.work.merge("leak")
        self.work.git("push", "--quiet", "--force", "origin", "leak", f"{merge}:refs/pull/7/merge")
        self.work.git("checkout", "--quiet", "main")
        self.github.pulls[7].head_sha = head
        self.github.pulls[7].head_ref = "leak"
        return head

    def pull_request(self, token: str = "ghs_workflow", *, action: str = "synchronize", **settings: str) -> Run:
        """The run for the pull request's newest commit, or for a label."""
        pull = self.github.pulls[7]
        merge = self.origin.git("rev-parse", "refs/pull/7/merge")
        head = {"ref": "leak", "sha": pull.head_sha, "repo": {"full_name": pull.head_repository}}
        base = {"ref": "main", "sha": self.work.git("rev-parse", "main"), "repo": self._repository()}
        payload = {
            "action": action,
            "number": 7,
            "pull_request": {
                "number": 7,
                "head": head,
                "base": base,
                "labels": [{"name": name} for name in pull.labels],
            },
            "repository": self._repository(),
        }
        return self._run(
            "pull_request",
            payload,
            merge,
            "refs/remotes/pull/7/merge",
            token,
            GITHUB_REF="refs/pull/7/merge",
            **settings,
        )

    def second_stage(self, conclusion: str) -> Run:
        """The run that GitHub starts on main when a pull request's run has ended."""
        pull = self.github.pulls[7]
        owner = (pull.head_repository or "").split("/")[0]
        self.github.runs.append(
            WorkflowRun(4711, pull.head_sha, pull.head_ref, "pull_request", conclusion=conclusion)
        )
        for number, file in enumerate(sorted(self.uploaded.iterdir())):
            self.github.artifacts.append(Artifact(100 + number, 4711, file.stem, file.read_bytes()))
        payload = {
            "action": "completed",
            "workflow_run": {
                "id": 4711,
                "name": "memory",
                "event": "pull_request",
                "conclusion": conclusion,
                "head_sha": pull.head_sha,
                "head_branch": pull.head_ref,
                "head_repository": {"full_name": pull.head_repository, "owner": {"login": owner}},
                "pull_requests": [],
            },
            "repository": self._repository(),
        }
        sha = self.work.git("rev-parse", "main")
        return self._run("workflow_run", payload, sha, "refs/remotes/origin/main")

    def _repository(self) -> dict[str, Any]:
        return {"full_name": "octo/store", "name": "store", "owner": {"login": "octo"}, "default_branch": "main"}

    def _run(
        self, event: str, payload: dict[str, Any], sha: str, ref: str, token: str = "ghs_workflow", **settings: str
    ) -> Run:
        self.runs += 1
        copy = checked_out(self.origin, self.folder / f"runner-{self.runs}", sha, ref)
        # As on a runner the remote is at GitHub; git's own setting leads it here.
        copy.git("remote", "set-url", "origin", URL)
        copy.git("config", f"url.{self.origin.path.as_uri()}.insteadOf", URL)
        self.uploaded.mkdir(exist_ok=True)
        before = len(self.github.exchanges)
        run = act(
            copy.path,
            event,
            payload,
            action=self.folder / "leakgate",
            token=token,
            CARGO_TARGET_DIR=str(self.folder / "target"),
            GITHUB_API_URL=self.github.url,
            GITHUB_REPOSITORY="octo/store",
            GITHUB_RUN_ID=str(4700 + self.runs),
            GITHUB_SHA=sha,
            UPLOADED=str(self.uploaded),
            **settings,
        )
        description = Description()
        said = self.github.exchanges[before:]
        self.asked = [f"{one.method} {one.path.removeprefix('/repos/octo/store')}" for one in said]
        assert [problem for one in said for problem in description.problems(one)] == []
        return run


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with serve() as github:
        forge = Forge(github, tmp_path_factory.mktemp("story"))
        forge.start()
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
