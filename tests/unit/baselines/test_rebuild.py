"""A baseline that is made by measuring the base commit beside the user's clone."""

from functools import partial
from pathlib import Path

import pytest

from factories import snapshot
from leakgate.baselines.model import Base, Missing, Wanted
from leakgate.baselines.rebuild import Measure, RebuildStore, Rebuilt, Sources
from leakgate.comparison.result import Side
from leakgate.errors import MeasurementError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from leakgate.snapshot.model import Snapshot
from repositories import ENV, Repository, clone, make


def sources(repository: Repository) -> Sources:
    checkout = repository.checkout
    scratch = repository.scratch if checkout.remote_url() else None
    return Sources(checkout, repository.path, partial(runner, env=ENV), scratch)


def rebuilding(repository: Repository, measure: Measure, temporary: Path) -> RebuildStore:
    temporary.mkdir(exist_ok=True)
    return RebuildStore(sources(repository), measure, temporary)


def size_of_a_file(tree: Rebuilt) -> Snapshot:
    """A suite with one test, which allocates as many bytes as `size.txt` says."""
    return snapshot(f"s3 put: gmax={(tree.root / 'size.txt').read_text()}")


def want(commit: str | None, why: str = "the parent of the pushed commit") -> Wanted:
    return Wanted(commit, "main", why)


def nothing() -> list[str]:
    pytest.fail("no ancestor is needed")


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    made = make(tmp_path / "origin")
    made.commit(**{"size.txt": "10", "crates/s3/src/lib.rs": "pub fn put() {}"})
    made.commit(**{"size.txt": "20"})
    return made


def line(repository: Repository) -> list[str]:
    return repository.git("rev-list", "--first-parent", "HEAD").split()


@pytest.mark.parametrize("how", [[], ["--depth=1"], ["--filter=blob:none"]], ids=["full", "shallow", "partial"])
def test_the_base_is_measured_whatever_the_clone_is_and_the_clone_stays_as_it_is(
    origin: Repository, tmp_path: Path, how: list[str]
) -> None:
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    copy = clone(origin, tmp_path / "clone", *how)
    (copy.path / "size.txt").write_text("the user's own work")
    (copy.path / ".git/hooks/post-checkout").write_text("#!/bin/sh\ntouch hooked\n")
    (copy.path / ".git/hooks/post-checkout").chmod(0o755)
    before = copy.bytes()
    head, first = line(origin)

    found = rebuilding(copy, size_of_a_file, tmp_path / "tmp").find(want(first), nothing)

    assert found == Base(
        snapshot("s3 put: gmax=10"),
        Side(
            commit=first,
            requested=first,
            distance=0,
            age_seconds=0,
            store="rebuild",
            fingerprint=snapshot().fingerprint,
        ),
    )
    assert copy.bytes() == before
    assert copy.head == head
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("depth", [[], ["--depth=1"]], ids=["full", "shallow"])
def test_the_files_stay_a_repository_after_the_step_that_fetched_them(
    origin: Repository, tmp_path: Path, depth: list[str]
) -> None:
    copy = clone(origin, tmp_path / "clone", *depth)
    [_, first] = line(origin)

    sources(copy).check_out(first, tmp_path / "base")

    tree = Repository(tmp_path / "base")
    assert tree.head == first
    assert tree.git("status", "--porcelain") == ""
    assert tree.git("show", "HEAD:size.txt") == "10"
    assert Checkout(runner(tree.path / "crates", ENV)).head() == first


def test_the_command_runs_in_the_same_directory_of_the_project(origin: Repository, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def measure(tree: Rebuilt) -> Snapshot:
        here = tree.at(origin.path / "crates/s3")
        seen.append((str(here.relative_to(tree.root)), (here / "src/lib.rs").read_text()))
        return size_of_a_file(tree)

    found = rebuilding(origin, measure, tmp_path / "tmp").find(want(line(origin)[1]), nothing)

    assert isinstance(found, Base)
    assert seen == [("crates/s3", "pub fn put() {}")]


def test_a_place_outside_of_the_repository_has_none_in_the_base(tmp_path: Path) -> None:
    tree = Rebuilt(tmp_path / "base", tmp_path / "clone")

    assert tree.at(tmp_path / "clone") == tmp_path / "base"
    with pytest.raises(UsageError, match="elsewhere: is outside of the repository"):
        tree.at(tmp_path / "elsewhere")


def test_a_clone_that_is_reached_through_a_link_has_the_same_places(origin: Repository, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(origin.path)

    assert Rebuilt(tmp_path / "base", origin.path).at(tmp_path / "link/crates") == tmp_path / "base/crates"


def failing(error: Exception) -> Measure:
    def measure(_: Rebuilt) -> Snapshot:
        raise error

    return measure


FAILED = Snapshot(fingerprint={}, tests=snapshot("s3 put: gmax=1").tests, failed=("s3 get", "s3 list"))


@pytest.mark.parametrize(
    ("measure", "why"),
    [
        (failing(MeasurementError("it does not compile", where="src/lib.rs")), "src/lib.rs: it does not compile."),
        (lambda _: FAILED, "2 of its tests failed, such as s3 get."),
        (lambda _: snapshot(), "it has no test."),
    ],
)
def test_a_base_that_cannot_be_measured_is_missing_with_the_reason(
    origin: Repository, tmp_path: Path, measure: Measure, why: str
) -> None:
    first = line(origin)[1]
    found = rebuilding(origin, measure, tmp_path / "tmp").find(want(first), nothing)

    assert found == Missing(f"The base commit {first[:10]} could not be measured: {why}", want(first))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_what_a_plain_checkout_lacks_is_named_where_measuring_fails(origin: Repository, tmp_path: Path) -> None:
    origin.commit(**{".gitmodules": "", ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    found = rebuilding(origin, failing(MeasurementError("a test failed")), tmp_path / "tmp").find(
        want(origin.head), nothing
    )

    assert isinstance(found, Missing)
    assert found.reason.endswith(
        "a test failed (its submodules are not checked out, and its files of Git LFS are pointers)."
    )


def test_files_of_git_lfs_stay_pointers_and_other_attributes_hold(origin: Repository, tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\n"
    origin.commit(
        **{".gitattributes": "*.bin filter=lfs\n*.txt text eol=crlf\n", "data.bin": pointer, "lines.txt": "a\nb\n"}
    )
    smudge = tmp_path / "smudge"  # as git-lfs does: hands the pointer on where it is told to
    smudge.write_text('#!/bin/sh\n[ "$GIT_LFS_SKIP_SMUDGE" = 1 ] && exec cat\necho fetched\n')
    smudge.chmod(0o755)
    (tmp_path / ".gitconfig").write_text(f'[filter "lfs"]\n\tsmudge = {smudge}\n\trequired = true\n')
    env = {"PATH": ENV["PATH"], "HOME": str(tmp_path)}

    Sources(origin.checkout, origin.path, partial(runner, env=env), None).check_out(origin.head, tmp_path / "base")

    assert (tmp_path / "base/data.bin").read_text() == pointer
    assert (tmp_path / "base/lines.txt").read_bytes() == b"a\r\nb\r\n"


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), RuntimeError("a bug")])
def test_nothing_is_left_behind_where_measuring_is_stopped(
    origin: Repository, tmp_path: Path, stop: BaseException
) -> None:
    def measure(tree: Rebuilt) -> Snapshot:
        (tree.root / "target").mkdir()
        (tree.root / "target/read-only").touch(mode=0o400)
        raise stop

    with pytest.raises(type(stop)):
        rebuilding(origin, measure, tmp_path / "tmp").find(want(origin.head), nothing)

    assert list((tmp_path / "tmp").iterdir()) == []


def never(_: Rebuilt) -> Snapshot:
    pytest.fail("there is nothing to measure")


def test_a_commit_that_is_nowhere_to_be_had_is_missing(origin: Repository, tmp_path: Path) -> None:
    copy = clone(origin, tmp_path / "clone")
    gone = "1" * 40

    for repository in (origin, copy):
        found = rebuilding(repository, never, tmp_path / "tmp").find(want(gone), nothing)
        assert isinstance(found, Missing)
        assert found.reason.startswith(
            f"The base commit {gone[:10]} could not be measured: its files are not to be had: "
        )
        assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("where", "commit", "why"),
    [
        ("repository", None, "No commit could be measured as the baseline: no commit is checked out here."),
        ("nowhere", "1" * 40, "No commit could be measured as the baseline: there is no git repository here."),
    ],
)
def test_where_there_is_no_commit_there_is_nothing_to_rebuild(
    tmp_path: Path, where: str, commit: str | None, why: str
) -> None:
    make(tmp_path / "repository")
    wanted = want(commit, "no commit is checked out here")

    found = rebuilding(Repository(tmp_path / where), never, tmp_path / "tmp").find(wanted, nothing)

    assert found == Missing(why, wanted)
