"""A project on GitHub and what runs its workflows: a bare repository, `act`, and a local server for GitHub's API.

Working copies are made as `actions/checkout` makes them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from act import ROOT, Run, act, copy_action
from github_server.openapi import Description
from github_server.server import GitHub
from github_server.state import Artifact, WorkflowRun
from repositories import Repository, checked_out, clone, make

URL = "https://github.com/octo/store.git"


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

    def start(self, project: Callable[[Path], None], **workflows: str) -> None:
        """A project with workflows, pushed to main.

        Args:
            project: Writes its files.
            workflows: File name → workflow.
        """
        make(self.origin.path, bare=True)
        self.origin.git("config", "uploadpack.allowFilter", "true")
        clone(self.origin, self.work.path)
        project(self.work.path)
        copy_action(self.folder / "leakgate")
        directory = self.work.path / ".github/workflows"
        directory.mkdir(parents=True)
        for name, text in workflows.items():
            (directory / name).write_text(text)
        (self.work.path / ".gitignore").write_text("target/\n")
        self.work.git("checkout", "--quiet", "-b", "main")
        self.work.git("add", "--all")
        self.work.commit("The store")
        self.work.git("push", "--quiet", "origin", "main")

    @property
    def uploaded(self) -> Path:
        """Where the artifacts of the newest run are."""
        return self.folder / f"uploaded-{self.runs}"

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
        self.uploaded.mkdir()
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
