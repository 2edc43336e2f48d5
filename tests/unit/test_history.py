"""What the branch of baselines knows of a test's past."""

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from factories import FINGERPRINT, snapshot
from leakgate.baselines.index import Index, add
from leakgate.baselines.model import Saving
from leakgate.config import DEFAULT, Baseline, Config, StoreName
from leakgate.dhat.profile import Metric
from leakgate.edges import Edges
from leakgate.errors import ServiceError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from leakgate.history import Query, history, trends
from leakgate.search import open_branch

GMAX, END = Metric.T_GMAX_BYTES, Metric.T_END_BYTES
START = datetime(2026, 11, 2, tzinfo=UTC)
ENV = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def saving(number: int, branch: str = "main") -> Saving:
    return Saving(f"{number:040x}", branch, START + timedelta(hours=number))


def index(
    *saves: str, branches: Mapping[int, str] | None = None, fingerprints: Mapping[int, str] | None = None
) -> Index:
    """One save a text of tests, a line each; those of `branches` and `fingerprints` are otherwise."""
    found = Index(key="tests")
    for number, tests in enumerate(saves, 1):
        how = {**FINGERPRINT, "rustc": (fingerprints or {}).get(number, "1.95.0")}
        taken = snapshot(*tests.splitlines(), commit=f"{number:040x}", fingerprint=how)
        found = add(found, taken, saving(number, (branches or {}).get(number, "main")), 1)
    return found


def asked(found: Index, query: Query, *metrics: Metric, config: Config = DEFAULT) -> list[tuple[object, ...]]:
    """Test, metric, values and the number of the save that stepped."""
    return [
        (
            trend.series.test,
            trend.series.metric,
            [point.value for point in trend.series.points],
            trend.step and int(trend.step.commit, 16),
        )
        for trend in trends(found, query, metrics or (GMAX, END), config)
    ]


THREE = index(
    "s3 list: gmax=100 end=0",
    "s3 list: gmax=100 end=0\ns3 put: gmax=9000 end=0",
    "s3 list: gmax=100 end=500\ns3 put: gmax=20000 end=0",
)


def test_every_test_has_its_values_and_its_step() -> None:
    assert asked(THREE, Query()) == [
        ("s3 list", GMAX, [100, 100, 100], None),
        ("s3 list", END, [0, 0, 500], 3),
        ("s3 put", GMAX, [9000, 20000], 3),  # from the first that it was measured in
        ("s3 put", END, [0, 0], None),
    ]


def test_a_test_and_the_last_saves_alone() -> None:
    assert asked(THREE, Query(test="put", last=1), GMAX) == [("s3 put", GMAX, [20000], None)]
    assert asked(THREE, Query(test="s3 *", last=2), END) == [
        ("s3 list", END, [0, 500], 3),
        ("s3 put", END, [0, 0], None),
    ]


def test_a_test_that_is_gone_keeps_its_values() -> None:
    found = index("s3 put: gmax=1 end=0", "s3 list: gmax=1 end=0")
    assert asked(found, Query(test="put"), GMAX) == [("s3 put", GMAX, [1, None], None)]


def test_the_branch_of_the_newest_save_counts_unless_one_is_named() -> None:
    saves = ["s3 put: gmax=1 end=0", "s3 put: gmax=2 end=0", "s3 put: gmax=3 end=0"]
    found = index(*saves, branches={1: "master", 2: "master", 3: "main"})  # renamed a moment ago
    assert asked(found, Query(), GMAX) == [("s3 put", GMAX, [3], None)]
    assert asked(found, Query(branch="master"), GMAX) == [("s3 put", GMAX, [1, 2], None)]
    with pytest.raises(UsageError) as caught:
        asked(found, Query(branch="man"))
    assert str(caught.value) == (
        "nothing was saved of the branch `man`\n  help: there are those of `main`, `master`"
    )


def test_another_compiler_is_no_step() -> None:
    saves = ["s3 put: gmax=9000 end=0", "s3 put: gmax=90000 end=0"]
    assert asked(index(*saves), Query(), GMAX)[0][-1] == 2
    assert asked(index(*saves, fingerprints={2: "1.96.0"}), Query(), GMAX)[0][-1] is None


def test_what_is_not_there() -> None:
    with pytest.raises(UsageError) as caught:
        asked(THREE, Query(test="s3 putt"))
    assert str(caught.value) == "there is no test `s3 putt`\n  help: did you mean `s3 put`?"
    with pytest.raises(UsageError) as caught:
        asked(THREE, Query(), Metric.TOTAL_BLOCKS)
    assert str(caught.value) == (
        "the last saves of `main` have no value of total blocks\n  help: a higher --last, or another --metric"
    )


def world(clone: Path, key: str = "local") -> Edges:
    return Edges(
        cwd=clone,
        root=clone,
        env=ENV,
        git=Checkout(runner(clone, ENV)),
        profilers={},
        progress=lambda _event: None,
        note=lambda _text: None,
        now=START,
        key=key,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a project without baselines."""
    subprocess.run(["git", "init", "--quiet", "--bare", "project.git"], cwd=tmp_path, env=ENV, check=True)
    subprocess.run(["git", "clone", "--quiet", "project.git", "clone"], cwd=tmp_path, env=ENV, check=True)
    return tmp_path / "clone"


def save(clone: Path, key: str, *figures: int) -> None:
    with open_branch(DEFAULT, world(clone, key)) as store:
        for number, figure in enumerate(figures, 1):
            taken = snapshot(f"{key} put: gmax={figure} end=0", commit=f"{number:040x}")
            store.save(taken, saving(number))


def test_at_a_terminal_the_only_job_is_meant(clone: Path) -> None:
    save(clone, "tests", 1000, 9000)
    [gmax, _] = history(Query(), DEFAULT, world(clone))
    assert [(gmax.series.test, gmax.series.values)] == [("tests put", [1000, 9000])]


def test_of_several_jobs_one_must_be_named(clone: Path) -> None:
    save(clone, "tests", 1000)
    save(clone, "Other (macOS)", 2000)
    with pytest.raises(UsageError) as caught:
        history(Query(), DEFAULT, world(clone))
    assert str(caught.value) == (
        "the branch `leakgate-baselines` has baselines of several jobs, `Other (macOS)`, `tests`\n"
        "  help: choose one with --key 'Other (macOS)'"
    )
    [other] = history(Query(metrics=["t-gmax"]), DEFAULT, world(clone, "Other (macOS)"))
    assert other.series.values == [2000]
    assert history(Query(), DEFAULT, world(clone, "tests"))[0].series.values == [1000]


def test_there_is_no_baseline_yet(clone: Path) -> None:
    with pytest.raises(UsageError, match="there is no baseline on the branch `leakgate-baselines` yet"):
        history(Query(), DEFAULT, world(clone))


def test_a_metric_that_does_not_exist_costs_no_fetch(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        history(Query(metrics=["t-gmax", "peak"]), DEFAULT, world(tmp_path))
    assert str(caught.value) == (
        "--metric: there is no metric `peak`\n  help: choose among: `t-gmax`, `t-end`, `total`, `t-gmax blocks`, "
        "`t-end blocks`, `total blocks`"
    )


def test_a_project_that_keeps_its_baseline_in_a_file_has_no_history(clone: Path) -> None:
    config = Config(baseline=Baseline(store=StoreName.FILE))
    with pytest.raises(UsageError, match="keeps its baselines in the store `file`"):
        history(Query(), config, world(clone))


def test_no_remote(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "."], cwd=tmp_path, env=ENV, check=True)
    with pytest.raises(ServiceError, match="this clone has no remote"):
        history(Query(), DEFAULT, world(tmp_path))
