"""A second working tree of a clone, with real git; the clone itself stays as it is."""

import hashlib
import os
import subprocess
from functools import partial
from pathlib import Path

import pytest

from leakgate.errors import ServiceError, UsageError
from leakgate.git.command import runner
from leakgate.git.replica import CommitInfo, Replica, replicate

ENV = {
    "PATH": os.environ["PATH"],
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-11-02T10:00:00+01:00",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
PLAIN = {"PATH": os.environ["PATH"]}


def git(cwd: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=cwd, env=ENV, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(cwd: Path, text: str) -> str:
    (cwd / "file").write_text(text)
    git(cwd, "add", ".")
    git(cwd, "commit", "--quiet", f"--message={text}")
    return git(cwd, "rev-parse", "HEAD")


def contents(directory: Path) -> dict[str, str]:
    """Every file below with the hash of its bytes."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    path = tmp_path / "a clone"
    path.mkdir()
    git(path, "init", "--quiet", "--initial-branch=main")
    (path / ".gitignore").write_text("/ignored\n")
    return path


def replica_of(clone: Path, path: Path) -> Replica:
    return replicate(runner(clone, PLAIN), clone, path, partial(runner, env=PLAIN))


def test_any_commit_can_be_checked_out_and_the_clone_stays_byte_identical(clone: Path, tmp_path: Path) -> None:
    first, second = commit(clone, "one"), commit(clone, "two")
    (clone / "file").write_text("the user's own work")
    (clone / ".git/hooks/post-checkout").write_text("#!/bin/sh\ntouch hooked\n")
    (clone / ".git/hooks/post-checkout").chmod(0o755)
    before = contents(clone)
    replica = replica_of(clone, tmp_path / "replica")

    replica.switch_to(second)
    assert (replica.path / "file").read_text() == "two"
    (replica.path / "file").write_text("a build changed it")
    (replica.path / "left").mkdir()
    (replica.path / "left/over").touch()
    (replica.path / "ignored").touch()
    replica.switch_to(first)
    assert (replica.path / "file").read_text() == "one"
    assert sorted(path.name for path in replica.path.iterdir()) == [".git", ".gitignore", "file", "ignored"]
    assert replica.checkout.head() == first

    assert contents(clone) == before


def test_the_hooks_of_the_users_own_configuration_do_not_run(clone: Path, tmp_path: Path) -> None:
    head = commit(clone, "one")
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/post-checkout").write_text("#!/bin/sh\ntouch hooked\n")
    (tmp_path / "hooks/post-checkout").chmod(0o755)
    (tmp_path / "gitconfig").write_text(f"[core]\n\thooksPath = {tmp_path / 'hooks'}\n")
    env = {**PLAIN, "HOME": str(tmp_path)}
    (tmp_path / "gitconfig").rename(tmp_path / ".gitconfig")

    replica = replicate(runner(clone, env), clone, tmp_path / "replica", partial(runner, env=env))
    replica.switch_to(head)

    assert not (replica.path / "hooked").exists()


def test_it_works_from_below_a_linked_worktree(clone: Path, tmp_path: Path) -> None:
    head = commit(clone, "one")
    git(clone, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    below = tmp_path / "linked/below"
    below.mkdir()

    replica = replica_of(below, tmp_path / "replica")
    replica.switch_to(head)

    assert (replica.path / "file").read_text() == "one"


def test_a_shallow_clone_has_what_it_has(clone: Path, tmp_path: Path) -> None:
    first, second = commit(clone, "one"), commit(clone, "two")
    git(tmp_path, "clone", "--quiet", "--depth=1", clone.as_uri(), "shallow")

    replica = replica_of(tmp_path / "shallow", tmp_path / "replica")
    replica.switch_to(second)

    assert replica.checkout.is_shallow()
    with pytest.raises(ServiceError, match="`git checkout` failed") as caught:
        replica.switch_to(first)
    assert caught.value.remedy is not None
    assert "git fetch --unshallow" in caught.value.remedy


def test_a_partial_clone_says_what_helps(clone: Path, tmp_path: Path) -> None:
    first, _ = commit(clone, "one"), commit(clone, "two")
    git(clone, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", clone.as_uri(), "partial")
    with pytest.raises(ServiceError) as caught:
        replica_of(tmp_path / "partial", tmp_path / "replica").switch_to(first)
    assert "unable to read sha1 file of file" in caught.value.what
    assert "\n" not in caught.value.what

    git(tmp_path / "partial", "fetch", "--quiet", "--refetch", "--no-filter")
    replica_of(tmp_path / "partial", tmp_path / "another").switch_to(first)
    assert (tmp_path / "another/file").read_text() == "one"


def test_what_a_commit_says_of_itself(clone: Path, tmp_path: Path) -> None:
    first, second = commit(clone, "one"), commit(clone, "Two\n\nand a body")
    replica = replica_of(clone, tmp_path / "replica")

    assert replica.info(second) == CommitInfo(second, "Ada <ada@example.com>", "2026-11-02T10:00:00+01:00", "Two")
    assert replica.contains(second, first)
    assert not replica.contains(first, second)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no git repository here"):
        replica_of(tmp_path, tmp_path / "replica")
