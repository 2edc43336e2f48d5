"""`make quality` on a zoo of two small cases, through the real cargo: what is measured, said and written."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
FIXTURE = Path(__file__).parent / "projects/zoo"
PAGE = "# Quality\n<!-- made by `make quality` -->\n<!-- end of what is made -->\n"


@dataclass
class Measuring:
    """A copy of the zoo, built where an earlier run has left it, and how to measure it."""

    zoo: Path
    docs: Path
    env: dict[str, str]
    work: Path

    def run(self, *options: str) -> "subprocess.CompletedProcess[str]":
        places = (("--zoo", self.zoo), ("--docs", self.docs), ("--work", self.work))
        words = [sys.executable, "-m", "quality", *(str(word) for pair in places for word in pair)]
        return subprocess.run(
            [*words, *options],
            cwd=ROOT / "benchmarks",
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@pytest.fixture
def measuring(pytestconfig: pytest.Config, tmp_path: Path) -> Measuring:
    assert pytestconfig.cache is not None
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "quality.md").write_text(PAGE)
    shutil.copytree(FIXTURE, tmp_path / "zoo", ignore=shutil.ignore_patterns("target"))
    env = {**os.environ, "XDG_CACHE_HOME": str(pytestconfig.cache.mkdir("leakgate-cache"))}
    return Measuring(tmp_path / "zoo", docs, env, Path(pytestconfig.cache.mkdir("quality")))


def test_a_zoo_is_measured_and_its_figures_are_a_floor(measuring: Measuring) -> None:
    shutil.rmtree(measuring.work / "repeats", ignore_errors=True)

    done = measuring.run("--repeats", "2")

    assert done.returncode == 0, done.stderr
    assert "repeat 2 of 2, about " in done.stderr
    data = json.loads((measuring.docs / "quality.json").read_text())
    [leak, renamed] = data["outcomes"]
    [found] = leak["found"]
    assert found["test"] == "kept-notes tests::notes_are_printed_in_order"
    assert 100 <= found["growth"] <= 300
    assert found["detected"]
    assert found["attributed"]
    assert found["named"] == {
        "function": "kept_notes::Page::note",
        "file": "cases/kept-notes/src/lib.rs",
        "line": 14,
    }
    assert renamed["repeats"] == {"runs": 2, "failed": 0, "warned": 0, "alarms": []}
    assert data["figures"]["detected"] == {"got": 1, "of": 1}
    assert data["figures"]["false_alarms"] == {"got": 0, "of": 4}
    page = (measuring.docs / "quality.md").read_text()
    assert page.startswith("# Quality\n<!-- made by `make quality` -->\n")
    assert done.stdout.strip() in page

    again = measuring.run("--repeats", "2", "--floor", str(measuring.docs / "quality.json"))

    assert again.returncode == 0, again.stderr
    assert "repeat 1 of 2" not in again.stderr, "what was measured of the same files counts"

    # A head in which nothing is kept: what was detected is not any more.
    patch = measuring.zoo / "cases/kept-notes/head.patch"
    patch.write_text(
        patch.read_text().replace("PRINTED.lock().unwrap().push(self)", "PRINTED.lock().unwrap().clear()")
    )
    worse = measuring.run("--repeats", "0", "--floor", str(measuring.docs / "quality.json"))

    assert worse.returncode == 1
    test = "`kept-notes tests::notes_are_printed_in_order`"
    assert f"below the committed figures: kept-notes: {test} is not detected any more.\n" in worse.stderr


@pytest.mark.parametrize(
    ("line", "instead", "error"),
    [
        ("push(self);", "push(itself);", "error: case `kept-notes` does not build on the head side"),
        (
            "PRINTED.lock().unwrap().push(self);",
            "panic!();",
            "error: a test fails on the head side: tests::notes_are_printed_in_order",
        ),
    ],
)
def test_a_case_that_is_wrong_is_an_error_that_names_it(
    measuring: Measuring, line: str, instead: str, error: str
) -> None:
    patch = measuring.zoo / "cases/kept-notes/head.patch"
    assert line in patch.read_text()
    patch.write_text(patch.read_text().replace(line, instead))

    done = measuring.run("--only", "kept-notes", "--repeats", "0")

    assert done.returncode == 1
    assert error in done.stderr.splitlines()


def test_a_case_that_is_not_there_is_an_error(measuring: Measuring) -> None:
    done = measuring.run("--only", "spilt-milk")
    assert (done.returncode, done.stderr) == (1, "error: there is no case `spilt-milk`\n")
