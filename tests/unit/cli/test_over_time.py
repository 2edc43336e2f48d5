"""The verbs that look at many commits, as they are typed."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bisecting import ENV, edges
from factories import snapshot
from leakgate.baselines.model import Saving
from leakgate.config import DEFAULT
from leakgate.search import open_branch

START = datetime(2026, 11, 2, tzinfo=UTC)
VERBS = "  help: leakgate --help, or leakgate VERB --help\n"
COMMITS = "  help: name a commit, a tag or a branch; `git fetch --unshallow --tags` fetches what is missing\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a project with three baselines of one job."""
    subprocess.run(["git", "init", "--quiet", "--bare", "project.git"], cwd=tmp_path, env=ENV, check=True)
    subprocess.run(["git", "clone", "--quiet", "project.git", "clone"], cwd=tmp_path, env=ENV, check=True)
    clone = tmp_path / "clone"
    with open_branch(DEFAULT, edges(clone, lambda _event: None)) as store:
        for number, figure in enumerate((1000, 1000, 9000), 1):
            taken = snapshot(f"shop put: gmax={figure} end=0", commit=f"{number}" * 40)
            store.save(taken, Saving(f"{number}" * 40, "main", START + timedelta(days=number)))
    return clone


def run(cwd: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leakgate", *args]
    return subprocess.run(
        command, cwd=cwd, env={**ENV, "HOME": str(cwd)}, capture_output=True, text=True, check=False
    )


def test_history_of_one_test_is_a_chart(clone: Path) -> None:
    done = run(clone, "history", "put", "--metric", "t-gmax")
    assert (done.returncode, done.stderr) == (0, "")
    bar = "█" * 40
    assert done.stdout.splitlines() == [
        "shop put  t-gmax  3 commits on main",
        "  111111111111  2026-11-03    1000 B  ████▍",
        "  222222222222  2026-11-04    1000 B  ████▍",
        f"  333333333333  2026-11-05  8.79 KiB  {bar}  ← stepped here: 1000 B → 8.79 KiB, 9.00×",
    ]


def test_history_for_a_program(clone: Path) -> None:
    printed = json.loads(run(clone, "history", "--last", "2", "--format", "json").stdout)
    assert [[point["value"] for point in series["points"]] for series in printed["series"]] == [
        [1000, 9000],
        [0, 0],
    ]
    assert run(clone, "history", "--format", "csv").stdout.count("\n") == 1 + 2 * 3


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("history", "--format", "xml"),
            "error: there is no format `xml`\n  help: choose among: console, json, csv\n",
        ),
        (
            ("history", "putt"),
            "error: there is no test `putt`\n  help: did you mean `shop put`?\n",
        ),
        (
            ("history", "--last", "0"),
            f"error: Invalid value for '--last': 0 is not in the range x>=1.\n{VERBS}",
        ),
        (
            ("bisect", "put"),
            f"error: Missing option '--good'.\n{VERBS}",
        ),
        (
            ("bisect", "--good", "v1", "put"),
            f"error: --good: `v1` is no commit in this clone\n{COMMITS}",
        ),
    ],
)
def test_what_cannot_be_done_exits_with_2(clone: Path, args: tuple[str, ...], message: str) -> None:
    done = run(clone, *args)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_the_step_of_a_bisection_is_no_verb_for_people(tmp_path: Path) -> None:
    assert "bisect-step" not in run(tmp_path, "--help").stdout


def test_a_step_without_its_bench_is_no_verdict_for_git(tmp_path: Path) -> None:
    """`git bisect run` takes exit codes below 128 for a word on the commit, but for 125."""
    bench = tmp_path / "bench"
    (bench / "tree").mkdir(parents=True)
    assert run(tmp_path, "bisect-step", str(bench)).returncode == 128
