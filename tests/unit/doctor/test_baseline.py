"""What the doctor knows of the baseline without the network."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from factories import snapshot
from leakgate import __version__
from leakgate.baselines import file as baseline_file
from leakgate.baselines.model import Saving
from leakgate.config import DEFAULT, Baseline, Config, StoreName
from leakgate.doctor import baseline
from leakgate.edges import Edges
from leakgate.profilers.auto import Choice
from leakgate.profilers.cargo import command
from leakgate.profilers.cargo.settings import BuildSettings
from leakgate.profilers.session import Toolchain
from leakgate.search import open_branch
from leakgate.snapshot.stored import dump
from machine import NOW, Machine
from repositories import ENV, Repository, clone, make

RUN = {"profiler": "harness", "rustc": "1.95.0", "features": "default"}
HOW = {**RUN, "target": "x86_64-unknown-linux-gnu"}
BRANCH = Config(baseline=Baseline(store=StoreName.BRANCH))
LOOK = (
    "git fetch origin leakgate-baselines:refs/remotes/origin/leakgate-baselines, or "
    "`leakgate baseline show --store branch`"
)


def said(config: Config, edges: Edges, run: dict[str, str] | None = RUN) -> Sequence[str]:
    """Every finding as `level key: text → remedy`."""
    return [
        f"{one.level} {one.key}: {one.text}" + (f" → {one.remedy}" if one.remedy else "")
        for one in baseline.examine(config, edges, run).findings
    ]


@pytest.mark.parametrize(
    ("words", "version", "rounds"),
    [("cargo test", __version__, "auto"), ("cargo run", f"{__version__} (program)", "1")],
)
def test_what_a_run_would_be_measured_with(words: str, version: str, rounds: str) -> None:
    compiler = Toolchain(("rustc",), "", "1.95.0", "x86_64-unknown-linux-gnu")
    run = baseline.expected(
        Choice("harness", ""), command.parse(words.split()), compiler, BuildSettings(), DEFAULT
    )
    assert (run["profiler-version"], run["rounds"]) == (version, rounds)


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    """A clone with two commits on main."""
    origin = make(tmp_path / "origin.git", bare=True)
    origin.git("config", "uploadpack.allowFilter", "true")
    work = clone(origin, tmp_path / "work")
    work.git("checkout", "--quiet", "-b", "main")
    for message in ("one", "two"):
        work.commit(message)
    work.git("push", "--quiet", "origin", "main")
    return work


def edges_of(project: Repository) -> Edges:
    return replace(Machine(project.path).edges(), env=ENV)


def save(project: Repository, commit: str, key: str = "memory", rustc: str = "1.95.0") -> None:
    """A workflow has saved the baseline of a commit, and the clone has fetched it."""
    measured = snapshot("s3 put: gmax=10 end=0", commit=commit, fingerprint={**HOW, "rustc": rustc})
    with open_branch(BRANCH, replace(edges_of(project), key=key)) as store:
        store.save(measured, Saving(commit, "main", NOW - timedelta(days=3)))
    project.git("fetch", "--quiet", "origin")


def test_the_branch_as_the_clone_has_it(project: Repository) -> None:
    first = project.git("rev-parse", "HEAD~1")
    save(project, first)
    assert said(DEFAULT, edges_of(project)) == [
        "info store: none on this machine; in GitHub Actions the branch `leakgate-baselines`",
        f"ok baseline: job `memory`: {first[:12]} of main, 1 commit back, 3 days old",
        "ok comparable: measured as a run here would be",
    ]


def test_another_compiler_is_incomparable(project: Repository) -> None:
    save(project, project.head, rustc="1.94.0")
    assert said(BRANCH, edges_of(project))[-1] == (
        "warning comparable: incomparable, so growth would not be judged: rustc 1.94.0 there, 1.95.0 here → "
        "the next push to a tracked branch measures it anew"
    )


def test_where_nothing_is_known_of_the_run_nothing_is_compared(project: Repository) -> None:
    save(project, project.head, rustc="1.94.0")
    assert len(said(BRANCH, edges_of(project), None)) == 2


def test_every_job_is_named_unless_one_is_meant(project: Repository) -> None:
    save(project, project.head, "linux")
    save(project, project.head, "macos")
    found = [line for line in said(BRANCH, edges_of(project)) if " baseline: " in line]
    assert [line.split("`")[1] for line in found] == ["linux", "macos"]
    meant = replace(edges_of(project), key="macos")
    assert [line.split("`")[1] for line in said(BRANCH, meant) if " baseline: " in line] == ["macos"]


def test_a_clone_that_has_not_fetched_the_branch(project: Repository) -> None:
    assert said(BRANCH, edges_of(project)) == [
        "info store: the branch `leakgate-baselines`",
        "info baseline: no branch `leakgate-baselines` in this clone: the first push to a tracked branch makes it",
    ]


def test_no_measured_commit_nearby(project: Repository) -> None:
    project.git("checkout", "--quiet", "--orphan", "other")
    other = project.commit("elsewhere")
    project.git("push", "--quiet", "origin", "other")
    save(project, other)
    project.git("checkout", "--quiet", "main")
    assert said(BRANCH, edges_of(project))[1:] == [
        f"warning baseline: job `memory`: no commit near this one was measured → {LOOK}"
    ]


def test_a_damaged_branch_is_an_error(project: Repository) -> None:
    project.git("checkout", "--quiet", "--orphan", "leakgate-baselines")
    project.commit("damaged", **{"memory/index.json": "{"})
    project.git("push", "--quiet", "origin", "leakgate-baselines")
    project.git("checkout", "--quiet", "main")
    [_, error] = baseline.examine(BRANCH, edges_of(project), RUN).findings
    assert (error.level, error.exit_code) == ("error", 2)
    assert "memory/index.json" in error.text


def test_a_file(project: Repository) -> None:
    measured = snapshot("s3 put: gmax=10 end=0", commit=project.head, fingerprint=HOW)
    place = project.path / ".leakgate/baseline.json"
    place.parent.mkdir()
    place.write_bytes(dump(measured))
    assert said(DEFAULT, edges_of(project)) == [
        "info store: the file .leakgate/baseline.json",
        f"ok baseline: 1 test: {project.head[:12]}, from .leakgate/baseline.json",
        "ok comparable: measured as a run here would be",
    ]
    assert baseline_file.load(place) == measured


def test_a_file_that_is_not_there_yet(project: Repository) -> None:
    config = Config(baseline=Baseline(store=StoreName.FILE))
    [warning] = said(config, edges_of(project))[1:]
    assert warning == (
        "warning baseline: there is no .leakgate/baseline.json yet, so growth is not judged → "
        "leakgate check && leakgate baseline save"
    )


def test_a_damaged_file_is_an_error(project: Repository) -> None:
    project.commit("damaged", **{".leakgate/baseline.json": '{"fingerprint": {}'})
    [_, error] = baseline.examine(DEFAULT, edges_of(project), RUN).findings
    assert (error.level, error.exit_code) == ("error", 2)
    assert error.remedy == "`git checkout -- .leakgate/baseline.json`, or make it again: `leakgate baseline save`"


@pytest.mark.parametrize(
    ("store", "what"),
    [
        (StoreName.ARTIFACT, "artifacts of workflow runs, which only a run in GitHub Actions can find"),
        (StoreName.REBUILD, "none: the base commit is measured in the same job"),
    ],
)
def test_stores_that_keep_nothing_here(project: Repository, store: StoreName, what: str) -> None:
    assert said(Config(baseline=Baseline(store=store)), edges_of(project)) == [f"info store: {what}"]


def test_without_git_there_is_nothing_to_look_for(tmp_path: Path) -> None:
    assert said(DEFAULT, Machine(tmp_path).edges())[-1] == "info baseline: there is no commit here to look for one"


def test_the_clone_is_only_read_and_nothing_is_fetched(project: Repository) -> None:
    save(project, project.head)
    project.git("remote", "set-url", "origin", "https://localhost:1/gone.git")
    before = project.bytes()
    assert "ok comparable: measured as a run here would be" in said(BRANCH, edges_of(project))
    assert project.bytes() == before
