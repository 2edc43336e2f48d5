"""What leakgate asks of git, with real git."""

import subprocess
from pathlib import Path

import pytest

from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from repositories import ENV, clone, make


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


def test_the_root_is_the_same_from_below(tmp_path: Path) -> None:
    made = make(tmp_path / "repository")
    (made.path / "crates/s3").mkdir(parents=True)

    assert asked(made.path / "crates/s3").root() == made.path
    assert asked(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent)).root() is None


def test_the_branch_is_the_one_that_is_checked_out(tmp_path: Path) -> None:
    made = make(tmp_path / "repository")
    made.commit()
    made.git("checkout", "--quiet", "-b", "release/1.x")
    made.git("tag", "release/1.x")

    assert made.checkout.branch() == "release/1.x"
    made.git("checkout", "--quiet", "--detach")
    assert made.checkout.branch() is None


def test_a_tracked_file_that_differs_from_the_commit_is_a_change(tmp_path: Path) -> None:
    made = make(tmp_path / "repository")
    made.commit(**{"src/lib.rs": "// one\n"})
    (made.path / "target").mkdir()
    (made.path / "target/untracked").touch()
    assert not made.checkout.is_changed()
    (made.path / "src/lib.rs").write_text("// two\n")
    before = made.bytes()
    assert made.checkout.is_changed()
    assert made.bytes() == before
    made.git("add", ".")
    assert Checkout(runner(made.path / "src", ENV)).is_changed()
    outside = asked(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert (outside.is_changed(), outside.remotes()) == (False, None)


def test_the_default_branch_is_the_remotes_as_the_clone_remembers_it(tmp_path: Path) -> None:
    origin = make(tmp_path / "origin")
    origin.git("checkout", "--quiet", "-b", "trunk")
    trunk = origin.commit()
    origin.git("branch", "main")
    copy = clone(origin, tmp_path / "clone")
    copy.git("checkout", "--quiet", "-b", "mine")
    copy.commit()

    assert copy.checkout.default_branch() == "trunk"
    assert copy.checkout.branch_tip("trunk") == trunk
    assert copy.checkout.branch_tip("mine") is None  # the remote has none of that name
    origin.git("branch", "--move", "trunk", "renamed")
    copy.git("fetch", "--quiet", "--prune")
    assert copy.checkout.default_branch() == "main"  # and not the one that is gone
    copy.git("remote", "set-head", "origin", "--delete")
    assert copy.checkout.default_branch() == "main"


@pytest.mark.parametrize(("branch", "default"), [("main", "main"), ("master", "master"), ("trunk", None)])
def test_without_a_remote_the_default_branch_goes_by_its_usual_names(
    tmp_path: Path, branch: str, default: str | None
) -> None:
    made = make(tmp_path / "repository")
    made.git("checkout", "--quiet", "-B", branch)
    made.commit()

    assert made.checkout.default_branch() == default


@pytest.mark.parametrize(
    ("remotes", "remote"),
    [
        ((), None),
        (("origin",), "origin"),
        (("upstream",), "upstream"),
        (("upstream", "origin"), "origin"),
        (("upstream", "fork"), "upstream"),
        (("fork", "mine"), None),
    ],
)
def test_the_remote_is_origin_else_upstream_else_the_only_one(
    tmp_path: Path, remotes: tuple[str, ...], remote: str | None
) -> None:
    made = make(tmp_path / "repository")
    for name in remotes:
        made.git("remote", "add", name, f"https://example.com/{name}.git")

    assert made.checkout.remotes() == tuple(sorted(remotes))
    assert made.checkout.remote() == remote
    assert made.checkout.remote_url() == (f"https://example.com/{remote}.git" if remote else None)


def test_a_shallow_clone_names_the_parents_that_it_does_not_have(tmp_path: Path) -> None:
    origin = make(tmp_path / "origin")
    first, second = origin.commit("1"), origin.commit("2")
    copy = clone(origin, tmp_path / "clone", "--depth=1").checkout

    assert copy.is_shallow() is True
    assert copy.parents(second) == (first,)
    assert copy.parents(first) is None
    assert copy.first_parents(second, 9) == (second,)
    assert copy.first_parents(first, 9) == ()
    assert origin.checkout.is_shallow() is False
    assert origin.checkout.parents(first) == ()


def test_the_best_common_ancestor_and_whether_that_is_sure(tmp_path: Path) -> None:
    origin = make(tmp_path / "origin")
    base, main = origin.commit("1"), origin.commit("2")
    origin.git("checkout", "--quiet", "-b", "feature", base)
    mine = origin.commit("3")
    full = clone(origin, tmp_path / "full", "--no-single-branch").checkout
    shallow = clone(origin, tmp_path / "shallow", "--no-single-branch", "--depth=1").checkout

    assert full.merge_base(mine, main) == (base, True)
    assert full.merge_base(mine, "1" * 40) == (None, False)
    assert shallow.merge_base(mine, main) == (None, False)
    assert shallow.merge_base(mine, mine) == (mine, True)


def test_a_file_and_the_directories_of_a_commit(repository: Path) -> None:
    for name in ("read me.md", "jobs/a b/index.json", "new\nline/x"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(name)
    git(repository, "add", "--all")
    head = commit(repository)

    assert asked(repository).file(head, "jobs/a b/index.json") == b"jobs/a b/index.json"
    assert asked(repository).file(head, "jobs") is None
    assert asked(repository).file("0" * 40, "read me.md") is None
    assert asked(repository).directories(head) == ("jobs", "new\nline")
    assert asked(repository).directories("0" * 40) == ()


def test_the_files_of_a_commit_are_neither_ignored_ones_nor_a_submodules(repository: Path) -> None:
    inner = repository / "vendor"
    inner.mkdir()
    git(inner, "init", "--quiet")
    for name in ("src/a b.rs", "ignored.rs", ".gitignore", "vendor/lib.rs"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text("ignored.rs\n")
    git(inner, "add", "--all")
    commit(inner)
    git(repository, "add", "--all")
    head = commit(repository)
    (repository / "later.rs").touch()

    found = asked(repository).files(head)

    assert found is not None
    assert {"src/a b.rs", ".gitignore"} <= found
    assert found.isdisjoint({"ignored.rs", "vendor/lib.rs", "later.rs"})
    assert asked(repository).files("0" * 40) is None
