"""Tests whose memory differs from run to run, through the real cargo: measured again, repeated, calibrated."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from leakgate.config import parse
from leakgate.dhat.profile import Metric

pytestmark = pytest.mark.e2e

CODE = """\
//! Every test reads from a file how often it has run, which stands for all that differs between two runs.
#[cfg(test)]
mod tests {
    fn run(test: &str) -> usize {
        let path = format!("{}/{test}.runs", env!("CARGO_MANIFEST_DIR"));
        let runs = std::fs::read_to_string(&path).map_or(0, |text| text.trim().parse().unwrap());
        std::fs::write(&path, (runs + 1).to_string()).unwrap();
        runs
    }

    fn hold(bytes: usize) {
        std::hint::black_box(vec![0_u8; bytes]);
    }

    #[test]
    fn steady() {
        hold(10_000);
    }

    #[test]
    fn spikes() {
        hold([1_000, 100_000, 1_000, 1_000][run("spikes") % 4]);
    }

    #[test]
    fn grows() {
        hold([1_000, 90_000, 88_000, 89_000][run("grows") % 4]);
    }

    #[test]
    fn leaks() {
        std::mem::forget(vec![0_u8; if run("leaks") == 0 { 8 } else { 5_000 }]);
    }

    #[test]
    fn breaks() {
        let run = run("breaks");
        hold(if run == 0 { 1_000 } else { 50_000 });
        assert!(run < 2, "this one fails from its third run on");
    }

    /// A cache of as many threads as a few, which every round starts anew.
    #[test]
    fn fills() {
        static SLOTS: std::sync::Mutex<Vec<Vec<u8>>> = std::sync::Mutex::new(Vec::new());
        let mut slots = SLOTS.lock().unwrap();
        if std::env::var_os("UNSTEADY").is_some() && slots.len() < 6 {
            slots.reserve_exact(1);
            slots.push(vec![0; 5_000]);
        }
    }

    /// A list that grows with every call, by one byte: most rounds leave nothing, but not for ever.
    #[test]
    fn lists() {
        static LIST: std::sync::Mutex<Vec<u8>> = std::sync::Mutex::new(Vec::new());
        if std::env::var_os("UNSTEADY").is_some() {
            LIST.lock().unwrap().extend([0; 1_000]);
        }
    }

    /// Beside a large static, which each process fills in its first round.
    #[test]
    fn is_beside_a_static() {
        static TABLE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        TABLE.get_or_init(|| vec![0; 5_000_000]);
        hold(if std::env::var_os("UNSTEADY").is_some() { 200_000 } else { 100_000 });
    }

    /// As much as chance has it when the process starts.
    #[test]
    fn depends_on_the_process() {
        use std::hash::{BuildHasher, RandomState};
        static CHANCE: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
        let chance = *CHANCE.get_or_init(|| RandomState::new().hash_one(0));
        let moves = std::env::var_os("UNSTEADY").is_some();
        hold(if moves && chance % 2 == 0 { 50_000 } else { 1_000 });
    }

    #[test]
    fn sways() {
        hold(20_000 + 1_000 * [3, 9, 0, 5, 1][run("sways") % 5]);
    }
}
"""


@dataclass(frozen=True)
class Project:
    """A crate of such tests, all in one build."""

    directory: Path
    target: Path

    def leakgate(
        self, verb: str, *args: str, tests: str, rounds: str = "1", env: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        """Run leakgate on the tests whose name is `tests`; each runs once for each run of the suite."""
        ours = ("CARGO_", "RUST_TEST", "GITHUB_", "LEAKGATE_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "leakgate",
                verb,
                "--rounds",
                rounds,
                *args,
                "--",
                "cargo",
                "test",
                "--lib",
                tests,
            ],
            cwd=self.directory,
            env={**kept, "CARGO_TARGET_DIR": str(self.target), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def start_over(self) -> None:
        for counter in self.directory.glob("*.runs"):
            counter.unlink()

    def baseline(self, tests: str, *args: str) -> None:
        self.start_over()
        done = self.leakgate("profile", "--output", "base.json", *args, tests=tests)
        assert done.returncode == 0, done.stderr

    def check(self, tests: str, *args: str) -> subprocess.CompletedProcess[str]:
        return self.leakgate("check", "--base", "base.json", *args, tests=tests)

    def result(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads((self.directory / "target/leakgate/result.json").read_bytes())

    def row(self, test: str, metric: str = "t-gmax-bytes") -> Mapping[str, Any]:
        [found] = [each for each in self.result()["tests"] if each["name"] == f"unsteady tests::{test}"]
        row: Mapping[str, Any] = found["metrics"][metric]
        return row


@pytest.fixture(scope="module")
def built(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Project:
    assert pytestconfig.cache is not None
    directory = tmp_path_factory.mktemp("unsteady")
    (directory / "src").mkdir()
    (directory / "src/lib.rs").write_text(CODE)
    (directory / "Cargo.toml").write_text('[package]\nname = "unsteady"\nversion = "0.1.0"\nedition = "2021"\n')
    return Project(directory, pytestconfig.cache.mkdir("unsteady-target"))


@pytest.fixture
def project(built: Project) -> Project:
    shutil.rmtree(built.directory / "target", ignore_errors=True)
    built.start_over()
    return built


def test_a_peak_that_comes_once_is_a_warning(project: Project) -> None:
    project.baseline("spikes")
    done = project.check("spikes")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "crossed in 1 of 2 runs: 1000 B to 97.66 KiB" in done.stdout
    assert done.stdout.splitlines()[-1] == "✔ 0 tests within their memory limits, 1 over one in some runs only"
    assert "leakgate: measuring 1 test again (1 of 2)" in done.stderr
    assert (project.row("spikes")["status"], project.row("spikes")["head"]) == ("warn", 100_000)
    kept = json.loads((project.directory / "target/leakgate/snapshot.json").read_bytes())
    assert [test["metrics"]["t-gmax-bytes"] for test in kept["tests"]] == [1000]


def test_growth_that_every_run_sees_fails_with_the_least_of_it(project: Project) -> None:
    project.baseline("grows")

    done = project.check("grows")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "crossed in 3 of 3 runs: 85.94 KiB to 87.89 KiB" in done.stdout
    row = project.row("grows")
    assert (row["head"], row["spread"]) == (
        88_000,
        {"runs": 3, "lowest": 88_000, "highest": 90_000, "crossed": 3},
    )
    [test] = project.result()["tests"]
    assert sum(site["head"]["t-gmax-bytes"] for site in test["sites"]) == 88_000


@pytest.mark.parametrize("test", ["fills", "depends_on_the_process"])
def test_what_comes_to_rest_or_is_another_in_each_process_is_no_regression(project: Project, test: str) -> None:
    done = project.leakgate("profile", "--output", "base.json", tests=test, rounds="auto")
    assert done.returncode == 0, done.stderr

    for _ in range(3):
        done = project.leakgate("check", "--base", "base.json", tests=test, rounds="auto", env={"UNSTEADY": "1"})
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("test", "metric"), [("lists", "t-end-bytes"), ("is_beside_a_static", "t-gmax-bytes")])
def test_growth_that_further_rounds_see_too_fails(project: Project, test: str, metric: str) -> None:
    """A list that grows by doubling does not come to rest; a static does not make a test move."""
    done = project.leakgate("profile", "--output", "base.json", tests=test, rounds="auto")
    assert done.returncode == 0, done.stderr

    done = project.leakgate("check", "--base", "base.json", tests=test, rounds="auto", env={"UNSTEADY": "1"})

    assert done.returncode == 1, done.stdout + done.stderr
    assert project.row(test, metric)["status"] == "fail"
    assert "its runs differ" not in done.stderr


def test_a_leak_is_confirmed(project: Project) -> None:
    project.baseline("leaks")

    done = project.check("leaks")

    assert done.returncode == 1, done.stdout + done.stderr
    assert project.row("leaks", "t-end-bytes")["spread"] == {
        "runs": 3,
        "lowest": 5_000,
        "highest": 5_000,
        "crossed": 3,
    }


def test_a_test_that_fails_when_it_is_measured_again_acquits_nobody(project: Project) -> None:
    project.baseline("breaks")

    done = project.check("breaks", "--confirm", "1")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "note: `unsteady tests::breaks` failed when it was measured again (" in done.stdout
    assert project.row("breaks")["head"] == 50_000


def test_without_confirm_the_first_run_decides(project: Project) -> None:
    project.baseline("spikes")

    done = project.check("spikes", "--confirm", "0")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "measuring" not in done.stderr
    assert "spread" not in project.row("spikes")


def test_only_what_crossed_a_limit_runs_again(project: Project) -> None:
    project.baseline("tests")
    (project.directory / "spikes.runs").write_text("1")
    (project.directory / "sways.runs").write_text("0")

    project.check("tests", "--limits", "{t-gmax: {min-delta: 95 KiB}, t-end: {max: 1 MiB, min-delta: 1 MiB}}")

    runs = {path.stem: path.read_text() for path in project.directory.glob("*.runs")}
    assert (runs["spikes"], runs["sways"]) == ("3", "1")


def test_the_statistic_of_repeated_runs_is_compared(project: Project) -> None:
    repeated = ("--repeat", "5", "--statistic", "p99")
    project.baseline("sways", *repeated)

    done = project.check("sways", *repeated)

    assert done.returncode == 0, done.stdout + done.stderr
    row = project.row("sways")
    assert (row["base"], row["head"], row["spread"]) == (
        29_000,
        29_000,
        {"runs": 5, "lowest": 20_000, "highest": 29_000},
    )
    assert "5 runs: 19.53 KiB to 28.32 KiB" in done.stdout

    other = project.check("sways", "--repeat", "5", "--statistic", "median")

    assert (other.returncode, project.result()["verdict"]) == (0, "incomparable")
    assert project.row("sways")["head"] == 23_000


def test_what_calibrate_proposes_gives_the_noise_room(project: Project) -> None:
    done = project.leakgate("calibrate", "--runs", "5", tests="tests")

    assert done.returncode == 3, done.stdout
    assert "run 3 of 5 says nothing of the limits: 1 test failed." in done.stderr

    project.start_over()
    done = project.leakgate("calibrate", "--runs", "5", "--format", "yaml", tests="tests::s")

    assert done.returncode == 0, done.stderr
    limits = parse(done.stdout, "leakgate.yml", date(2026, 1, 1)).limits_for("unsteady tests::sways")
    assert limits[Metric.T_GMAX_BYTES].min_delta == 20 * 1024
    assert "steady" not in done.stdout.replace("unsteady", "")
