"""Baselines kept by hand: where each store puts them, what is refused, and how they are looked at."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from factories import snapshot
from jobs import NOW, JobStep, started
from leakgate.baselines.model import Saving
from leakgate.config import DEFAULT, Baseline, Config, StoreName
from leakgate.errors import ServiceError, UsageError
from leakgate.keep import NotAllowedError, Saved, listed, prune, save, show
from leakgate.reports.kept import Kept
from leakgate.search import open_branch
from leakgate.snapshot.model import Shard
from leakgate.snapshot.stored import dump, parse
from repositories import ENV

BRANCH = replace(DEFAULT, baseline=Baseline(store=StoreName.BRANCH))
NOWHERE = "  help: docs/baselines.md says who may"
RUN = Path("run.json")


@pytest.fixture
def step(tmp_path: Path) -> Iterator[JobStep]:
    with started(tmp_path) as step:
        step.push()
        yield step


def measure(step: JobStep, commit: str | None) -> None:
    """As if the tests had been measured at a commit."""
    taken = snapshot("s3 list: gmax=1 end=0", "s3 put: gmax=10 end=0", commit=commit)
    (step.clone.path / RUN).write_bytes(dump(taken))


def branches(step: JobStep) -> list[str]:
    return step.origin.git("branch", "--format=%(refname:short)").split()


def test_a_file_gets_the_snapshot_with_the_commit_it_has_or_is_given(step: JobStep) -> None:
    def saved(measured_at: str | None, commit: str | None) -> str | None:
        measure(step, measured_at)
        done = save(RUN, DEFAULT, step.local, commit=commit)
        assert done == Saved(".leakgate/baseline.json", done.commit, 2)
        kept = parse((step.clone.path / done.where).read_bytes(), "s").commit
        assert kept == done.commit
        return kept

    assert (saved("b" * 40, None), saved(None, "c" * 40), saved(None, "d" * 64)) == ("b" * 40, "c" * 40, "d" * 64)
    assert (saved("b" * 40, "b" * 40), saved(None, None)) == ("b" * 40, None)
    for commit in ("HEAD", "abc123", "c" * 41, "C" * 40, "--output=x", ""):
        with pytest.raises(UsageError, match="is not the full hash of a commit"):
            saved(None, commit)
    assert branches(step) == ["main"]


@pytest.mark.parametrize("config", [DEFAULT, BRANCH], ids=["file", "branch"])
def test_what_was_measured_at_one_commit_is_never_saved_for_another(step: JobStep, config: Config) -> None:
    measure(step, "b" * 40)
    with pytest.raises(UsageError) as caught:
        save(RUN, config, step.local, commit="c" * 40, branch="main")
    assert str(caught.value) == (
        f"run.json: this was measured at the commit {'b' * 40}, and not at {'c' * 40}\n"
        "  help: leave out --commit, or check out that commit and measure it"
    )
    assert branches(step) == ["main"]
    assert not (step.clone.path / ".leakgate").exists()


def test_what_was_measured_with_changed_files_is_not_saved_for_the_commit(step: JobStep) -> None:
    measure(step, step.clone.head)
    (step.clone.path / "src/lib.rs").write_text("// not committed\n")
    with pytest.raises(UsageError) as caught:
        save(RUN, BRANCH, step.local, branch="main")
    assert str(caught.value) == (
        "run.json: files that git tracks are changed here, so what was measured may not be "
        f"{step.clone.head[:12]}\n"
        "  help: commit or stash the changes (`git status` lists them), and measure again"
    )
    assert branches(step) == ["main"]
    measure(step, "b" * 40)  # of elsewhere
    save(RUN, BRANCH, step.local, branch="main")
    measure(step, step.clone.head)
    save(RUN, BRANCH, step.edges)  # a job's build may well write to Cargo.lock


def test_a_snapshot_without_a_test_is_no_baseline(step: JobStep) -> None:
    (step.clone.path / RUN).write_bytes(dump(snapshot()))
    with pytest.raises(UsageError) as caught:
        save(RUN, DEFAULT, step.local)
    assert str(caught.value) == "run.json: no test was measured in this snapshot: it would let everything pass"
    assert not (step.clone.path / ".leakgate").exists()


def test_a_part_of_a_suite_is_no_baseline(step: JobStep) -> None:
    part = structs.replace(snapshot("s3 put: gmax=1", commit=step.clone.head), shard=Shard(number=2, of=4))
    (step.clone.path / RUN).write_bytes(dump(part))
    with pytest.raises(UsageError) as caught:
        save(RUN, DEFAULT, step.local)
    assert str(caught.value) == (
        "run.json: this is shard 2 of 4, and a baseline is of the whole suite\n"
        "  help: join the parts with `leakgate check --head DIR`, and save the snapshot that it leaves"
    )


@pytest.mark.parametrize("config", [DEFAULT, BRANCH], ids=["file", "branch"])
def test_a_run_with_failed_tests_is_no_baseline(step: JobStep, config: Config) -> None:
    taken = structs.replace(snapshot("s3 put: gmax=1", commit=step.clone.head), failed=("s3 get",))
    (step.clone.path / RUN).write_bytes(dump(taken))
    with pytest.raises(UsageError) as caught:
        save(RUN, config, step.local, branch="main")
    assert str(caught.value) == (
        "run.json: 1 test failed in this run, so it is no baseline\n  help: mend the tests and profile them again"
    )
    assert branches(step) == ["main"]


def test_the_branch_gets_the_snapshot_of_the_checked_out_branch(step: JobStep) -> None:
    commit = step.work.head
    (step.work.path / RUN).write_bytes(dump(snapshot("s3 put: gmax=10 end=0", commit=commit)))
    here = replace(step.local, cwd=step.work.path, root=step.work.path, git=step.work.checkout)
    before = step.work.bytes()

    saved = save(RUN, BRANCH, here)

    path = f"local/snapshots/{commit[:2]}/{commit}.leakgate-snapshot.json"
    assert saved == Saved(f"branch leakgate-baselines, {path}", commit, 1)
    assert branches(step) == ["leakgate-baselines", "main"]
    [kept] = listed(BRANCH, here)
    assert kept == Kept(key="local", commit=commit, branch="main", time=NOW, bytes=kept.bytes)
    assert step.work.bytes() == before


def test_a_detached_head_is_on_no_branch_that_is_known(step: JobStep) -> None:
    measure(step, step.clone.head)
    with pytest.raises(UsageError) as caught:
        save(RUN, BRANCH, step.local)
    assert str(caught.value) == (
        "no branch is checked out here\n  help: say which one the commit is on: --branch main"
    )
    save(RUN, BRANCH, step.local, branch="release")
    [kept] = listed(BRANCH, step.local)
    assert kept.branch == "release"


def test_a_branch_wants_to_know_the_commit(step: JobStep) -> None:
    measure(step, None)
    with pytest.raises(UsageError) as caught:
        save(RUN, BRANCH, step.local, branch="main")
    assert str(caught.value) == ("run.json: the snapshot does not say which commit it is of\n  help: --commit SHA")
    save(RUN, BRANCH, step.local, commit="c" * 40, branch="main")
    [kept] = listed(BRANCH, step.local)
    assert kept.commit == "c" * 40


def test_a_push_to_a_tracked_branch_may_save(step: JobStep) -> None:
    measure(step, step.clone.head)
    save(RUN, DEFAULT, step.edges)
    [kept] = listed(DEFAULT, step.edges)
    assert (kept.commit, kept.branch) == (step.clone.head, "main")


def test_a_push_may_not_save_for_another_commit(step: JobStep) -> None:
    measure(step, "c" * 40)
    with pytest.raises(NotAllowedError) as caught:
        save(RUN, DEFAULT, step.edges)
    assert str(caught.value) == (
        f"no baseline is saved, as commit cccccccccc was measured, and this run is about commit "
        f"{step.clone.head[:10]}\n{NOWHERE}"
    )


def test_a_pull_request_may_not_save_whatever_its_token_may(tmp_path: Path) -> None:
    with started(tmp_path) as step:
        step.open_pull_request()
        measure(step, step.clone.head)
        refs = step.origin.git("for-each-ref")
        with pytest.raises(NotAllowedError) as caught:
            save(RUN, DEFAULT, step.edges, branch="main")
        assert str(caught.value) == (
            "no baseline is saved, as the event is pull_request, and only push, schedule and "
            f"workflow_dispatch save one\n{NOWHERE}"
        )
        (step.clone.path / RUN).unlink()
        with pytest.raises(NotAllowedError):  # and whatever there is to save
            save(RUN, DEFAULT, step.edges)
        with pytest.raises(NotAllowedError) as caught:
            prune(DEFAULT, 1, step.edges)
        assert str(caught.value) == (
            "a run that may not save a baseline prunes none: the event is pull_request, and only push, schedule "
            f"and workflow_dispatch save one\n{NOWHERE}"
        )
        assert step.origin.git("for-each-ref") == refs


def test_a_job_with_artifacts_leaves_the_baseline_to_be_uploaded(step: JobStep) -> None:
    measure(step, step.clone.head)
    config = replace(DEFAULT, baseline=Baseline(store=StoreName.ARTIFACT))
    saved = save(RUN, config, step.edges, outbox=step.folder / "outbox")
    assert (saved.artifact, saved.commit) == ("leakgate-baseline-memory", step.clone.head)
    [file] = (step.folder / "outbox").iterdir()
    assert parse(file.read_bytes(), "s").commit == step.clone.head


def test_a_store_that_keeps_nothing_says_so(step: JobStep) -> None:
    measure(step, step.clone.head)
    for store, said in ((StoreName.REBUILD, "keeps nothing"), (StoreName.ARTIFACT, "in GitHub Actions only")):
        with pytest.raises(UsageError, match=said):
            save(RUN, replace(DEFAULT, baseline=Baseline(store=store)), step.local, branch="main")


def test_a_remote_that_is_gone_is_told(step: JobStep) -> None:
    measure(step, step.clone.head)
    step.origin.path.rename(step.folder / "moved")
    with pytest.raises(ServiceError):
        save(RUN, BRANCH, step.local, branch="main")


def test_show_finds_what_a_check_would_compare_with(step: JobStep) -> None:
    with pytest.raises(UsageError) as caught:
        show(BRANCH, step.edges)
    assert str(caught.value) == (
        "there is no baseline for this checkout\n"
        f"  help: There is no branch `leakgate-baselines` with baselines in {step.origin.path.as_uri()} yet: the "
        "next push to a tracked branch makes it."
    )
    parent = step.work.git("rev-parse", "HEAD~1")
    step.measured(parent)
    assert show(BRANCH, step.edges).side.commit == parent


def test_all_jobs_are_listed_where_none_is_named_and_one_must_be_chosen(step: JobStep) -> None:
    commit = step.work.git("rev-parse", "HEAD~1")
    step.measured(commit)
    with open_branch(BRANCH, replace(step.local, key="Linux, stable")) as store:
        store.save(snapshot("s3 put: gmax=1", commit=commit), Saving(commit, "main", NOW + timedelta(hours=1)))

    assert [kept.key for kept in listed(BRANCH, step.local)] == ["Linux, stable", "memory"]
    assert [kept.key for kept in listed(BRANCH, step.edges)] == ["memory"]
    with pytest.raises(UsageError) as caught:
        show(BRANCH, step.local)
    assert str(caught.value) == (
        "there is no baseline for this checkout\n  help: The branch `leakgate-baselines` has baselines of several "
        "jobs, `Linux, stable`, `memory`: choose one with --key 'Linux, stable'."
    )


def test_prune_keeps_so_many(step: JobStep) -> None:
    with open_branch(BRANCH, step.local) as store:
        for number in range(25):
            commit = f"{number:040x}"
            store.save(
                snapshot("s3 put: gmax=1", commit=commit), Saving(commit, "main", NOW + timedelta(hours=number))
            )
    pruned = prune(BRANCH, 22, step.local)
    assert (pruned.dropped, pruned.kept) == (3, 22)
    assert [kept.commit for kept in listed(BRANCH, step.local)] == [
        f"{number:040x}" for number in range(24, 2, -1)
    ]
    assert prune(BRANCH, None, step.local).dropped == 0  # the config keeps 200


def run(step: JobStep, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "leakgate", "baseline", *args],
        cwd=step.work.path,
        env=ENV | {"HOME": str(step.folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_verbs_as_they_are_typed(step: JobStep) -> None:
    commit = step.work.head
    (step.work.path / RUN).write_bytes(dump(snapshot("s3 put: gmax=2048 end=0", commit=commit)))
    (step.work.path / "leakgate.yml").write_text("version: 1\nbaseline: {store: branch}\n")

    none = run(step, "list", "--key", "memory")
    assert (none.returncode, none.stdout, none.stderr) == (0, "no baselines\n", "")

    saved = run(step, "save", "run.json", "--key", "memory")
    path = f"memory/snapshots/{commit[:2]}/{commit}.leakgate-snapshot.json"
    assert (saved.returncode, saved.stdout, saved.stderr) == (
        0,
        "",
        f"1 test saved as the baseline in branch leakgate-baselines, {path}\n",
    )

    shown = run(step, "show", "--key", "memory")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert commit[:12] in shown.stdout
    assert "s3 put" in shown.stdout
    assert "2 KiB" in shown.stdout

    table = run(step, "list", "--key", "memory").stdout.splitlines()
    assert table[0].split() == ["key", "commit", "branch", "saved", "(UTC)", "size"]
    assert table[1].split()[:3] == ["memory", commit[:12], "main"]
    assert len(table) == 4
    [entry] = json.loads(run(step, "list", "--key", "memory", "--format", "json").stdout)
    assert (entry["key"], entry["commit"], entry["branch"]) == ("memory", commit, "main")
    # Who names no job means the only one.
    assert run(step, "list").stdout.splitlines() == table
    assert run(step, "show").stdout == shown.stdout
    other = run(step, "list", "--key", "fuzz")
    assert (other.returncode, other.stderr) == (
        2,
        (
            "error: the branch `leakgate-baselines` has no baseline of the job `fuzz`, but of `memory`\n"
            "  help: choose one with --key memory\n"
        ),
    )

    pruned = run(step, "prune", "--keep", "1")
    assert (pruned.returncode, pruned.stderr) == (0, "0 snapshots taken off the branch, 1 left\n")

    wrong = run(step, "list", "--format", "csv")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "error: there is no format `csv` for this\n  help: choose: console, json\n",
    )
    elsewhere = run(step, "show", "--key", "memory", "--store", "file")
    assert elsewhere.returncode == 2
    assert elsewhere.stderr.startswith("error: there is no baseline for this checkout\n")
