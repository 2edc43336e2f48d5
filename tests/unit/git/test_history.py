"""How commits hang together: nothing is fetched where the clone knows, and the user's clone never changes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from leakgate.errors import ServiceError
from leakgate.git.credentials import remote
from leakgate.git.history import history
from leakgate.git.scratch import Scratch, scratch
from repositories import ENV, Repository, clone, make


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """A repository with three commits on main."""
    made = make(tmp_path / "origin")
    for text in ("1", "2", "3"):
        made.commit(**{"a.txt": text})
    return made


def line(repository: Repository, commit: str = "HEAD") -> list[str]:
    return repository.git("rev-list", "--first-parent", commit).split()


@contextmanager
def no_scratch() -> Iterator[Scratch]:
    pytest.fail("nothing had to be fetched")
    yield  # pragma: no cover


def test_a_full_clone_is_asked_alone(origin: Repository, tmp_path: Path) -> None:
    copy = clone(origin, tmp_path / "clone")
    copy.git("checkout", "--quiet", "-b", "feature", "HEAD~1")
    mine = copy.commit()

    with history(copy.checkout, no_scratch) as asked:
        assert list(asked.ancestors(mine)) == [mine, *line(origin)[1:]]
        assert asked.default_branch() == "main"
        assert asked.branch_tip("main") == origin.head
        assert asked.merge_base(mine, origin.head) == line(origin)[1]
        assert asked.parents(mine) == (line(origin)[1],)


def test_the_commit_that_is_wanted_costs_no_fetch_and_neither_does_its_parent_in_a_shallow_clone(
    origin: Repository, tmp_path: Path
) -> None:
    copy = clone(origin, tmp_path / "clone", "--depth=1")

    with history(copy.checkout, no_scratch) as asked:
        assert list(islice(asked.ancestors("a" * 40), 1)) == ["a" * 40]
        assert list(islice(asked.ancestors(origin.head), 2)) == line(origin)[:2]


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_clones_line_goes_on_where_it_is_cut_off(origin: Repository, tmp_path: Path, depth: int) -> None:
    copy = clone(origin, tmp_path / "clone", f"--depth={depth}")
    before = copy.bytes()

    with copy.history() as asked:
        assert list(asked.ancestors(origin.head)) == line(origin)
    assert copy.bytes() == before


def test_a_commit_that_the_clone_does_not_have_is_fetched_with_its_line(
    origin: Repository, tmp_path: Path
) -> None:
    copy = clone(origin, tmp_path / "clone")
    newer = origin.commit()
    before = copy.bytes()

    with copy.history() as asked:
        assert list(asked.ancestors(newer)) == line(origin)
        assert asked.parents(newer) == (line(origin)[1],)
    assert copy.bytes() == before


def test_history_is_fetched_in_steps_and_told_once(origin: Repository, tmp_path: Path) -> None:
    made = origin.commits(600)
    copy = clone(origin, tmp_path / "clone", "--depth=1")

    with copy.history() as asked:
        seen = asked.ancestors(made[-1])
        assert list(islice(seen, 60)) == line(origin, "main")[:60]
        shallow = asked.scratch()
        assert shallow is not None
        assert len(shallow.rev_list_first_parent(made[-2])) == 64
        assert [*line(origin, "main")[:60], *seen] == line(origin, "main")


def test_only_commits_are_fetched(origin: Repository, tmp_path: Path) -> None:
    origin.git("config", "uploadpack.allowFilter", "true")
    copy = clone(origin, tmp_path / "clone", "--depth=1")

    with copy.history() as asked:
        list(asked.ancestors(origin.head))
        fetched = asked.scratch()
        assert fetched is not None
        kinds = fetched.run(
            ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"], env=fetched.variables
        )
        assert set(kinds.text.split()) == {"commit"}


def test_the_fork_point_is_found_however_shallow_the_clone_is(origin: Repository, tmp_path: Path) -> None:
    fork = origin.head
    origin.git("checkout", "--quiet", "-b", "feature")
    mine = origin.commits(3)[-1]
    origin.git("checkout", "--quiet", "main")
    theirs = origin.commits(70)[-1]
    copy = clone(origin, tmp_path / "clone", "--depth=1", "--branch=feature")
    before = copy.bytes()

    with copy.history() as asked:
        assert asked.branch_tip("main") == theirs
        assert asked.merge_base(mine, theirs) == fork
        assert list(asked.ancestors(fork)) == line(origin, fork)
    assert copy.bytes() == before


def test_a_common_ancestor_is_not_taken_while_a_better_one_may_be_cut_off(
    origin: Repository, tmp_path: Path
) -> None:
    """The feature merged main; main then merged a stale branch, which makes an old commit look near."""
    old = origin.head
    origin.git("branch", "stale")
    origin.git("branch", "feature")
    best = origin.commits(3)[-1]
    origin.git("reset", "--quiet", "--hard", "main")
    origin.git("checkout", "--quiet", "feature")
    origin.commit(**{"feature.txt": "x"})
    mine = origin.merge("main")
    origin.git("checkout", "--quiet", "stale")
    origin.commit(**{"stale.txt": "x"})
    origin.git("checkout", "--quiet", "main")
    origin.commits(100)
    origin.git("reset", "--quiet", "--hard", "main")
    theirs = origin.merge("stale")
    assert origin.git("merge-base", mine, theirs) == best
    copy = clone(origin, tmp_path / "clone", "--depth=4", "--no-single-branch")

    assert copy.checkout.merge_base(mine, theirs) == (old, False)
    with copy.history() as asked:
        assert asked.merge_base(mine, theirs) == best


def test_unrelated_histories_have_nothing_in_common(origin: Repository, tmp_path: Path) -> None:
    origin.git("checkout", "--quiet", "--orphan", "other")
    other = origin.commit()
    copy = clone(origin, tmp_path / "clone", "--depth=1", "--branch=main")

    with copy.history() as asked:
        assert asked.merge_base(copy.head, other) is None


def test_work_that_was_never_pushed_is_compared_as_far_as_a_shallow_clone_knows(
    origin: Repository, tmp_path: Path
) -> None:
    copy = clone(origin, tmp_path / "clone", "--depth=1")
    base = copy.head
    mine = [copy.commit(), copy.commit()][-1]

    with copy.history() as asked:
        assert asked.merge_base(mine, base) == base
        assert list(asked.ancestors(mine)) == [mine, line(copy)[1], *line(origin)]


def test_a_branch_or_commit_that_is_not_there_is_none(origin: Repository, tmp_path: Path) -> None:
    copy = clone(origin, tmp_path / "clone", "--depth=1")

    with copy.history() as asked:
        assert asked.branch_tip("nowhere") is None
        assert asked.parents("1" * 40) is None
        assert asked.merge_base("1" * 40, copy.head) is None
        assert list(asked.ancestors("1" * 40)) == ["1" * 40]


def test_a_remote_that_is_gone_is_told_where_it_is_needed(origin: Repository, tmp_path: Path) -> None:
    copy = clone(origin, tmp_path / "clone", "--depth=1")
    head = copy.head
    origin.path.rename(tmp_path / "elsewhere")

    with copy.history() as asked:
        assert asked.branch_tip("main") == head
        with pytest.raises(ServiceError):
            asked.branch_tip("feature")
        with pytest.raises(ServiceError):
            list(asked.ancestors(head))


def test_a_clone_that_does_not_know_the_default_branch_asks_the_remote(origin: Repository, tmp_path: Path) -> None:
    origin.git("checkout", "--quiet", "-b", "trunk")
    origin.git("branch", "--delete", "main")
    copy = clone(origin, tmp_path / "clone")
    copy.git("remote", "set-head", "origin", "--delete")
    before = copy.bytes()

    with copy.history() as asked:
        assert asked.default_branch() == "trunk"
        assert asked.branch_tip("trunk") == origin.head
    assert copy.bytes() == before
    origin.git("checkout", "--quiet", "--detach")
    with copy.history() as asked:
        assert asked.default_branch() is None
    origin.path.rename(tmp_path / "elsewhere")
    with copy.history() as asked, pytest.raises(ServiceError, match="cannot ask for the default branch"):
        asked.default_branch()


def test_without_a_remote_the_clone_is_all_there_is(origin: Repository) -> None:
    with origin.history() as asked:
        assert asked.default_branch() == "main"
        assert asked.branch_tip("main") == origin.head
        assert asked.branch_tip("feature") is None
        assert asked.merge_base("1" * 40, origin.head) is None
        assert list(asked.ancestors("1" * 40)) == ["1" * 40]


def test_outside_a_repository_nothing_is_known(tmp_path: Path) -> None:
    with Repository(tmp_path).history() as asked:
        assert asked.default_branch() is None
        assert asked.branch_tip("main") is None
        assert asked.parents("1" * 40) is None


def test_a_partial_clone_does_not_fetch_by_itself(origin: Repository, tmp_path: Path) -> None:
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    copy = clone(origin, tmp_path / "clone", "--filter=tree:0", "--no-checkout")
    newer = origin.commit()
    before = copy.bytes()

    assert copy.checkout.parents(newer) is None
    assert copy.checkout.first_parents(newer, 9) == ()
    assert copy.checkout.merge_base(newer, copy.head) == (None, False)
    assert copy.bytes() == before


def test_the_scratch_repository_is_made_once_and_gone_afterwards(origin: Repository, tmp_path: Path) -> None:
    copy = clone(origin, tmp_path / "clone", "--depth=1")
    made: list[Path] = []

    @contextmanager
    def counted() -> Iterator[Scratch]:
        with scratch(remote(origin.path.as_uri(), copy.path), ENV) as new:
            made.append(new.directory)
            yield new

    with history(copy.checkout, counted) as asked:
        assert made == []
        asked.branch_tip("main")
        list(asked.ancestors(copy.head))
        assert [os.path.isdir(path) for path in made] == [True]  # noqa: PTH112 - reads well
    assert not made[0].exists()
