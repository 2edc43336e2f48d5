"""What `leakgate init` writes, as written: linted, then run by `act` for the first push and a pull request.

Needs what `test_action.py` needs, and actionlint.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from act import Run, act, copy_action, copy_example, environment
from github_server.server import GitHub, serve
from repositories import Repository, checked_out, clone, make

pytestmark = pytest.mark.ci

BIN = Path(sys.executable).parent
URL = "https://github.com/octo/store.git"


@dataclass(frozen=True)
class Project:
    """The example, with the files that `leakgate init` writes, on a remote with a runner."""

    github: GitHub
    folder: Path

    @property
    def origin(self) -> Repository:
        return Repository(self.folder / "origin.git")

    @property
    def work(self) -> Repository:
        return Repository(self.folder / "work")

    def start(self) -> None:
        make(self.origin.path, bare=True)
        self.origin.git("config", "uploadpack.allowFilter", "true")
        clone(self.origin, self.work.path)
        self.work.git("checkout", "--quiet", "-b", "main")
        copy_example(self.work.path)
        copy_action(self.folder / "leakgate")
        (self.work.path / ".gitignore").write_text("target/\n")
        self.run("leakgate", "init")
        self.work.git("add", "--all")
        self.work.commit("The store, and its gate")
        self.work.git("push", "--quiet", "origin", "main")

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A program in the working copy: one of ours, else one on PATH."""
        ours = BIN / program
        return subprocess.run(
            [str(ours) if ours.exists() else program, *words],
            cwd=self.work.path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def job(
        self, event: str, payload: Mapping[str, Any], commit: str, ref: str, github_ref: str, **more: str
    ) -> Run:
        """The run that an event starts."""
        runner = checked_out(self.origin, self.folder / event, commit, ref)
        runner.git("remote", "set-url", "origin", URL)
        runner.git("config", f"url.{self.origin.path.as_uri()}.insteadOf", URL)
        return act(
            runner.path,
            event,
            payload,
            action=self.folder / "leakgate",
            token="ghs_workflow",
            CARGO_TARGET_DIR=str(self.folder / "target"),
            GITHUB_API_URL=self.github.url,
            GITHUB_REF=github_ref,
            GITHUB_REPOSITORY="octo/store",
            GITHUB_RUN_ID="4701",
            GITHUB_SHA=commit,
            **more,
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with serve() as github:
        project = Project(github, tmp_path_factory.mktemp("init"))
        project.start()
        yield project


@pytest.mark.parametrize("linter", [("actionlint",), ("zizmor", "--offline", "--no-progress", ".")])
def test_the_workflow_passes(project: Project, linter: tuple[str, ...]) -> None:
    done = project.run(*linter)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_first_push_saves_a_baseline_and_a_pull_request_is_compared_with_it(project: Project) -> None:
    main = project.work.head
    repository = {"full_name": "octo/store", "default_branch": "main"}
    push = {"ref": "refs/heads/main", "before": "0" * 40, "after": main, "repository": repository}
    pushed = project.job("push", push, main, "refs/remotes/origin/main", "refs/heads/main")
    assert (pushed.exit_code, pushed.verdict) == (0, "no-baseline")
    assert "leakgate-baselines" in project.origin.git("branch", "--format=%(refname:short)").split()

    project.work.git("checkout", "--quiet", "-b", "leak")
    head = project.work.commit("Replicate in the background", **{"NOTES.md": "replicated\n"})
    project.work.git("checkout", "--quiet", "--detach", "main")
    merge = project.work.merge("leak")
    project.work.git("push", "--quiet", "origin", "leak", f"{merge}:refs/pull/7/merge")
    project.github.pulls[7].head_sha = head
    pull = {
        "number": 7,
        "head": {"sha": head, "ref": "leak", "repo": repository},
        "base": {"sha": main, "ref": "main", "repo": repository},
        "labels": [],
    }
    checked = project.job(
        "pull_request",
        {"action": "opened", "number": 7, "pull_request": pull, "repository": repository},
        merge,
        "refs/remotes/pull/7/merge",
        "refs/pull/7/merge",
        S3_FAULT="unfinished-task",
    )
    assert (checked.exit_code, checked.verdict) == (1, "fail")
    [comment] = project.github.comments
    assert main[:12] in comment.body
