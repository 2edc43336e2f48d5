"""Which store is asked for the baseline, through which remote, and what stands in for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factories import snapshot
from git_server import serve as serve_git
from jobs import NOW, TOKEN, JobStep, started
from leakgate.baselines.model import Base, Missing, Saving
from leakgate.baselines.rebuild import Rebuilt
from leakgate.config import DEFAULT, Baseline, Config, Fallback, StoreName
from leakgate.edges import Edges
from leakgate.errors import InputError, ServiceError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from leakgate.search import open_branch, open_store, search, store_name
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump
from repositories import ENV

MEASURED = snapshot("s3 put: gmax=10 end=0")


def stored(store: StoreName | None = None, fallback: Fallback = Fallback.NONE) -> Config:
    return replace(DEFAULT, baseline=Baseline(store=store, fallback=fallback))


@pytest.fixture
def step(tmp_path: Path) -> Iterator[JobStep]:
    with started(tmp_path) as step:
        step.open_pull_request()
        yield step


def commit_a_baseline(edges: Edges) -> None:
    (edges.root / ".leakgate").mkdir()
    (edges.root / ".leakgate/baseline.json").write_bytes(dump(MEASURED))


def lines_of_code(tree: Rebuilt) -> Snapshot:
    return snapshot(f"s3 put: gmax={len((tree.root / 'src/lib.rs').read_text())}")


def never(tree: Rebuilt) -> Snapshot:
    pytest.fail(f"measured {tree}")


@pytest.mark.parametrize(
    ("configured", "committed", "in_actions", "expected"),
    [
        (StoreName.ARTIFACT, True, False, StoreName.ARTIFACT),
        (StoreName.REBUILD, False, True, StoreName.REBUILD),
        (None, True, True, StoreName.FILE),
        (None, True, False, StoreName.FILE),
        (None, False, True, StoreName.BRANCH),
        (None, False, False, StoreName.FILE),
    ],
)
def test_the_store_is_the_configured_one_else_a_committed_file_else_in_actions_the_branch(
    step: JobStep, configured: StoreName | None, committed: bool, in_actions: bool, expected: StoreName
) -> None:
    edges = step.edges if in_actions else step.local
    if committed:
        commit_a_baseline(edges)
    assert store_name(stored(configured), edges) is expected


def test_a_file_takes_no_git_and_no_network(step: JobStep) -> None:
    commit_a_baseline(step.local)
    step.origin.path.rename(step.folder / "moved")
    for config in (stored(), stored(fallback=Fallback.REBUILD)):
        wanted, found = search(config, step.local, never)
        assert isinstance(found, Base)
        assert (found.snapshot, found.side.store) == (MEASURED, "file")
        assert (wanted.commit, wanted.why) == (None, "the baseline that is committed")


def test_a_damaged_file_is_an_error_and_nothing_stands_in_for_it(step: JobStep) -> None:
    commit_a_baseline(step.local)
    (step.local.root / ".leakgate/baseline.json").write_text('{"fingerprint": ')
    with pytest.raises(InputError, match="the baseline cannot be used"):
        search(stored(fallback=Fallback.REBUILD), step.local, never)


def test_on_a_developers_machine_the_branch_is_read_through_the_clones_own_remote(step: JobStep) -> None:
    branched_off = step.work.head
    step.work.git("checkout", "--quiet", "feature")
    here = replace(step.local, cwd=step.work.path, root=step.work.path, git=step.work.checkout)
    with open_branch(DEFAULT, here) as store:
        store.save(snapshot("s3 put: gmax=10", commit=branched_off), Saving(branched_off, "main", NOW))

    wanted, found = search(stored(StoreName.BRANCH), here, None)

    assert (wanted.commit, wanted.why) == (branched_off, "where these changes branch off main")
    assert isinstance(found, Base)
    assert (found.side.commit, found.side.store) == (branched_off, "branch")


def test_of_several_remotes_origin_is_the_one_else_upstream(step: JobStep) -> None:
    base = step.work.head
    step.measured(base)
    step.clone.git("remote", "add", "upstream", "file:///nowhere")
    _, found = search(DEFAULT, step.edges, None)
    assert isinstance(found, Base)
    step.clone.git("remote", "rename", "upstream", "another")
    step.clone.git("remote", "rename", "origin", "upstream")
    _, found = search(DEFAULT, step.edges, None)
    assert isinstance(found, Base)
    step.clone.git("remote", "rename", "upstream", "work")
    with pytest.raises(ServiceError) as caught, open_branch(DEFAULT, step.local):
        pytest.fail("it is open")
    assert str(caught.value) == (
        "this clone has several remotes, `another`, `work`, and none is called `origin` or `upstream`: which of "
        "them has the baselines is not known\n"
        "  help: rename the one that the workflow runs in, such as `git remote rename another upstream`"
    )


def test_outside_a_repository_there_is_no_branch_of_baselines(step: JobStep) -> None:
    outside = step.folder / "outside"
    outside.mkdir()
    env = ENV | {"GIT_CEILING_DIRECTORIES": str(step.folder)}
    here = replace(step.local, cwd=outside, root=outside, git=Checkout(runner(outside, env)))
    with pytest.raises(ServiceError) as caught, open_branch(DEFAULT, here):
        pytest.fail("it is open")
    assert str(caught.value) == (
        "there is no git repository here, so there is nowhere to keep baselines\n"
        "  help: go to a clone of the project, or `baseline: {store: file}` in leakgate.yml"
    )


def test_a_job_whose_clone_has_no_remote_asks_the_jobs_own_repository(step: JobStep) -> None:
    base = step.work.head
    step.measured(base)
    step.clone.git("remote", "remove", "origin")
    (step.folder / "octo").mkdir()
    (step.folder / "octo/store").symlink_to(step.origin.path)
    with serve_git(step.folder, readers=frozenset({TOKEN}), writers=frozenset()) as forge:
        step.env["GITHUB_SERVER_URL"] = forge.url
        _, found = search(DEFAULT, step.edges, None)
    assert isinstance(found, Base)
    assert found.side.commit == base


def test_without_a_remote_there_is_no_branch_of_baselines(step: JobStep) -> None:
    step.clone.git("remote", "remove", "origin")
    with pytest.raises(ServiceError) as caught:
        search(stored(StoreName.BRANCH), step.local, None)
    assert str(caught.value) == (
        "this clone has no remote, so there is nowhere to keep baselines\n"
        "  help: `git remote add origin URL`, or `baseline: {store: file}` in leakgate.yml"
    )


def test_what_the_store_lacks_is_measured_where_the_config_says_so(step: JobStep) -> None:
    wanted, found = search(stored(fallback=Fallback.REBUILD), step.edges, lines_of_code)
    assert isinstance(found, Base)
    assert found.snapshot == snapshot("s3 put: gmax=7")  # of the base's `// two`, and not of the head's `// three`
    assert (found.side.commit, found.side.store) == (wanted.commit, "rebuild")


def test_what_the_store_has_is_not_measured_again(step: JobStep) -> None:
    step.measured(step.work.head)
    _, found = search(stored(fallback=Fallback.REBUILD), step.edges, never)
    assert isinstance(found, Base)
    assert found.side.store == "branch"


def test_where_both_have_nothing_both_say_why(step: JobStep) -> None:
    def no_tests(tree: Rebuilt) -> Snapshot:
        del tree
        return snapshot()

    wanted, found = search(stored(fallback=Fallback.REBUILD), step.edges, no_tests)
    assert isinstance(found, Missing)
    assert found.reason == (
        f"There is no branch `leakgate-baselines` with baselines in {step.origin.path.as_uri()} yet: the next "
        "push to a tracked branch makes it. "
        f"The base commit {(wanted.commit or '')[:10]} could not be measured: it has no test."
    )


def test_the_store_rebuild_measures_the_base_now_or_leaves_it_for_later(step: JobStep) -> None:
    _, found = search(stored(StoreName.REBUILD), step.edges, lines_of_code)
    assert isinstance(found, Base)
    _, later = search(stored(StoreName.REBUILD), step.edges, None)
    assert isinstance(later, Missing)
    assert later.reason == "The store `rebuild` keeps nothing: `leakgate check` measures the base commit itself."


@pytest.mark.parametrize(
    ("store", "message"),
    [
        (
            StoreName.ARTIFACT,
            (
                "baselines that are artifacts of workflow runs can be found in GitHub Actions only\n"
                "  help: download one and name it with --base"
            ),
        ),
        (
            StoreName.REBUILD,
            (
                "the store `rebuild` keeps nothing: it measures the base commit each time\n"
                "  help: choose another store, with `baseline: {store: branch}` in leakgate.yml"
            ),
        ),
    ],
)
def test_stores_that_cannot_be_opened_here(step: JobStep, store: StoreName, message: str) -> None:
    with pytest.raises(UsageError) as caught, open_store(stored(store), step.local):
        pytest.fail("it is open")
    assert str(caught.value) == message


@pytest.mark.parametrize("store", [StoreName.FILE, StoreName.ARTIFACT, StoreName.REBUILD])
def test_only_a_branch_can_be_listed(step: JobStep, store: StoreName) -> None:
    with pytest.raises(UsageError) as caught, open_branch(stored(store), step.local):
        pytest.fail("it is open")
    assert str(caught.value) == (
        f"this project keeps its baselines in the store `{store}`, and only a branch has more than one\n"
        "  help: `baseline: {store: branch}` in leakgate.yml"
    )
