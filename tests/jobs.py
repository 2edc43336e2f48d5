"""A job of a workflow, without a runner: a clone whose remote is a bare repository, the event, the API."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from factories import snapshot
from github_server.clock import Clock
from github_server.server import GitHub, serve
from leakgate.baselines.model import Saving
from leakgate.config import DEFAULT, Config
from leakgate.edges import Edges
from leakgate.errors import LeakgateError
from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from leakgate.github.client import GitHubClient, connect
from leakgate.github.context import ActionsContext, current, required
from leakgate.search import open_branch
from repositories import ENV, Repository, checked_out, clone, make

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TOKEN = "ghs_workflow"


@dataclass
class JobStep:
    """A step of a job, in a clone.

    Attributes:
        github: The API.
        folder: Holds the remote, the clone and whatever else there is.
        event: What started the workflow.
        payload: What GitHub says of it.
        env: More of the runner's variables.
        token: The step's.
        log: What was told.
        trouble: What was warned of.
        clock: What waits in trouble with the API.
    """

    github: GitHub
    folder: Path
    event: str = "push"
    payload: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    token: str | None = TOKEN
    log: list[str] = field(default_factory=list)
    trouble: list[LeakgateError] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    @property
    def origin(self) -> Repository:
        return Repository(self.folder / "origin.git")

    @property
    def work(self) -> Repository:
        """Where people commit."""
        return Repository(self.folder / "work")

    @property
    def clone(self) -> Repository:
        """What the job has checked out."""
        return Repository(self.folder / "clone")

    @property
    def variables(self) -> dict[str, str]:
        """What the runner sets."""
        (self.folder / "event.json").write_text(json.dumps(self.payload))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.github.url,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_RUN_ID": "42",
            "GITHUB_SHA": self.clone.head,
            **self.env,
        }

    @property
    def context(self) -> ActionsContext:
        return required(current(self.variables))

    @property
    def edges(self) -> Edges:
        """The step's world."""
        return replace(self.local, key="memory", context=self.context, token=self.token, connect=self._connect)

    @property
    def local(self) -> Edges:
        """The world of somebody who has the same clone, outside of GitHub Actions."""
        return Edges(
            cwd=self.clone.path,
            root=self.clone.path,
            env=ENV | self.env,
            git=Checkout(runner(self.clone.path, ENV)),
            profilers={},
            progress=lambda _: None,
            note=self.log.append,
            now=NOW,
        )

    def _connect(self, url: str, token: str | None) -> AbstractContextManager[GitHubClient]:
        return connect(url, token, patience=self.clock.patience())

    @property
    def requests(self) -> list[str]:
        """What the API was asked."""
        return [f"{said.method} {said.path}" for said in self.github.exchanges]

    def start(self) -> None:
        """A project with two commits on main, of which neither is measured."""
        make(self.origin.path, bare=True)
        self.origin.git("config", "uploadpack.allowFilter", "true")
        self.origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
        clone(self.origin, self.work.path)
        self.work.git("checkout", "--quiet", "-b", "main")
        for text in ("one", "two"):
            self.work.commit(text, **{"src/lib.rs": f"// {text}\n"})
        self.work.git("push", "--quiet", "origin", "main")

    def push(self) -> None:
        """The job is for a push to main."""
        checked_out(self.origin, self.clone.path, self.work.head, "refs/remotes/origin/main")
        self.event, self.env["GITHUB_REF"] = "push", "refs/heads/main"
        self.payload = {
            "ref": "refs/heads/main",
            "before": "0" * 40,
            "after": self.work.head,
            "repository": self._repository(),
        }

    def open_pull_request(self, *labels: str, home: str | None = None) -> str:
        """The job is for a pull request to main, with GitHub's merge commit checked out; its head.

        Args:
            labels: What the event says it has.
            home: The repository that the head is in; None: the same.
        """
        base = self.work.head
        self.work.git("checkout", "--quiet", "-b", "feature")
        head = self.work.commit("three", **{"src/lib.rs": "// three\n"})
        self.work.git("checkout", "--quiet", "--detach", "main")
        merge = self.work.merge("feature")
        self.work.git("push", "--quiet", "origin", "feature", f"{merge}:refs/pull/7/merge")
        self.work.git("checkout", "--quiet", "main")
        checked_out(self.origin, self.clone.path, merge, "refs/remotes/pull/7/merge")
        self.event, self.env["GITHUB_REF"] = "pull_request", "refs/pull/7/merge"
        self.github.pulls[7].head_sha = head
        self.payload = {
            "pull_request": {
                "number": 7,
                "head": {"sha": head, "ref": "feature", "repo": {"full_name": home or self.github.repository}},
                "base": {"sha": base, "ref": "main", "repo": self._repository()},
                "labels": [{"name": label} for label in labels],
            },
            "repository": self._repository(),
        }
        return head

    def measured(self, commit: str, config: Config = DEFAULT) -> None:
        """An earlier run has saved the baseline of a commit on the branch."""
        with open_branch(config, self.edges) as store:
            store.save(snapshot("s3 put: gmax=10 end=0", commit=commit), Saving(commit, "main", NOW))

    def _repository(self) -> dict[str, Any]:
        return {"full_name": self.github.repository, "default_branch": "main"}


@contextmanager
def started(folder: Path) -> Iterator[JobStep]:
    """A step in a new project, with an API to ask for as long as the block lasts."""
    with serve() as github:
        step = JobStep(github, folder)
        step.start()
        yield step
