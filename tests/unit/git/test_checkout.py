"""What leakgate asks of git, with real git."""

import os
import subprocess
from pathlib import Path

import pytest

from leakgate.git.checkout import Checkout
from leakgate.git.command import runner

ENV = {
    "PATH": os.environ["PATH"],
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(cwd: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=cwd, env=ENV, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(cwd: Path, message: str = "one more") -> str:
    git(cwd, "commit", "--quiet", "--allow-empty", f"--message={message}")
    return git(cwd, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "repository"
    path.mkdir()
    git(path, "init", "--quiet", "--initial-branch=main")
    return path


def asked(cwd: Path, **env: str) -> Checkout:
    return Checkout(runner(cwd, {"PATH": ENV["PATH"], **env}))


def test_the_head_is_the_full_hash_also_below_the_root(repository: Path) -> None:
    head = commit(repository)
    (repository / "crates").mkdir()

    assert asked(repository).head() == head
    assert asked(repository / "crates").head() == head


def test_a_repository_without_a_commit_has_no_head(repository: Path) -> None:
    assert asked(repository).head() is None


def test_the_distance_is_the_commits_between(repository: Path) -> None:
    first, _, third = (commit(repository) for _ in range(3))

    assert asked(repository).distance(first, third) == 2
    assert asked(repository).distance(first, first) == 0


def test_there_is_no_distance_to_a_commit_that_is_not_in_this_clone(repository: Path) -> None:
    assert asked(repository).distance("1" * 40, commit(repository)) is None


def test_outside_a_repository_there_are_no_answers(tmp_path: Path) -> None:
    here = asked(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))

    assert (here.head(), here.distance("a" * 40, "b" * 40)) == (None, None)


def test_without_git_there_are_no_answers(repository: Path) -> None:
    commit(repository)

    assert asked(repository, PATH=str(repository)).head() is None


def test_a_directory_that_is_gone_has_no_answers(tmp_path: Path) -> None:
    assert asked(tmp_path / "gone").head() is None


def test_variables_that_a_hook_exports_do_not_lead_to_another_repository(repository: Path, tmp_path: Path) -> None:
    head = commit(repository)
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    commit(other, "in another repository")

    there = asked(repository, GIT_DIR=str(other / ".git"), GIT_WORK_TREE=str(other), GIT_INDEX_FILE="x")

    assert there.head() == head


def test_a_commit_from_a_file_is_never_an_option_of_gits(repository: Path) -> None:
    head = commit(repository)

    assert asked(repository).distance(f"--output={repository}/written", head) is None
    assert not list(repository.glob("written*"))
