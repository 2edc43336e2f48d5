"""Real git repositories, as a runner or a developer has them, for tests."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from leakgate.git.credentials import remote
from leakgate.git.history import CommitHistory, history
from leakgate.git.scratch import Scratch, scratch

ENV = {
    "PATH": os.environ["PATH"],
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@dataclass(frozen=True)
class Repository:
    """A repository on disk."""

    path: Path

    def git(self, *args: str) -> str:
        """What git says."""
        done = subprocess.run(["git", *args], cwd=self.path, env=ENV, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str = "one more", **files: str) -> str:
        """A new commit with these files; its hash."""
        for name, text in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            self.git("add", "--", name)
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.head

    def commits(self, number: int) -> list[str]:
        """So many new commits, oldest first, faster than one by one."""
        before = self.head
        tree = self.git("rev-parse", "HEAD^{tree}")
        who = "Ada <ada@example.com> 1700000000 +0000"
        lines = [
            f"commit refs/heads/{self.branch}\ncommitter {who}\ndata {len(self.branch)}\n{self.branch}\n"
            for _ in range(number)
        ]
        lines[0] += f"from {before}\n"
        subprocess.run(
            ["git", "fast-import", "--quiet"],
            cwd=self.path,
            env=ENV,
            check=True,
            input="\n".join(lines),
            text=True,
        )
        assert self.git("rev-parse", f"refs/heads/{self.branch}^{{tree}}") == tree
        made = self.git("rev-list", "--reverse", f"{before}..refs/heads/{self.branch}").split()
        assert len(made) == number
        return made

    def merge(self, other: str) -> str:
        """A merge commit, also where the branch could just be moved; its hash."""
        self.git("merge", "--quiet", "--no-ff", "--no-edit", other)
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def branch(self) -> str:
        return self.git("symbolic-ref", "--short", "HEAD")

    @property
    def checkout(self) -> Checkout:
        """What leakgate asks it with."""
        return Checkout(runner(self.path, ENV))

    def history(self) -> AbstractContextManager[CommitHistory]:
        """What leakgate asks it with, and may fetch into."""
        return history(self.checkout, self.scratch if self.checkout.remote_url() else None)

    @contextmanager
    def scratch(self) -> Iterator[Scratch]:
        url = self.checkout.remote_url()
        assert url is not None
        with scratch(remote(url, self.path), ENV) as made:
            yield made

    def bytes(self) -> str:
        """A digest of every file's name and content, those of `.git` too."""
        digest = hashlib.sha256()
        for file in sorted(self.path.rglob("*")):
            digest.update(bytes(file.relative_to(self.path)) + b"\0")
            digest.update(file.read_bytes() if file.is_file() else b"\0directory")
        return digest.hexdigest()


def make(path: Path, *, bare: bool = False) -> Repository:
    """An empty repository on `main`."""
    path.mkdir(parents=True)
    made = Repository(path)
    made.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
    return made


def clone(origin: Repository, path: Path, *how: str) -> Repository:
    """A clone by way of git's own protocol, so that `--depth` counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["git", "clone", "--quiet", *how, origin.path.as_uri(), path], env=ENV, check=True, capture_output=True
    )
    return Repository(path)


def checked_out(origin: Repository, path: Path, commit: str, ref: str, depth: int | None = 1) -> Repository:
    """A working copy made as `actions/checkout` makes it: one fetch of one commit, without the clone's defaults.

    Args:
        origin: Where from.
        path: Where to.
        commit: What is fetched, GITHUB_SHA.
        ref: What it is called locally, such as `refs/remotes/pull/7/merge`.
        depth: `fetch-depth`; None: all of every branch (`fetch-depth: 0`).
    """
    copy = make(path)
    copy.git("remote", "add", "origin", origin.path.as_uri())
    fetch = ["fetch", "--quiet", "--no-tags", "--prune", "--no-recurse-submodules"]
    if depth is not None:
        copy.git(*fetch, f"--depth={depth}", "origin", f"+{commit}:{ref}")
    else:
        others = [] if ref.startswith("refs/remotes/origin/") else [f"+{commit}:{ref}"]
        copy.git(*fetch, "origin", "+refs/heads/*:refs/remotes/origin/*", *others)
    copy.git("checkout", "--quiet", "--force", "--detach", commit)
    return copy
