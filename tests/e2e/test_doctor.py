"""What the doctor says before a check is what the check then does."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from repositories import Repository, make

pytestmark = pytest.mark.e2e

FILES = {
    ".gitignore": "/target\n",
    "Cargo.toml": '[package]\nname = "store"\nedition = "2021"\n[[test]]\nname = "own"\nharness = false\n',
    "src/lib.rs": "#[test]\nfn put() { drop(std::hint::black_box(vec![0u8; 100])); }\n",
    "src/main.rs": (
        "#[global_allocator]\nstatic A: std::alloc::System = std::alloc::System;\n"
        "fn main() {}\n#[test]\nfn run() {}\n"
    ),
    "tests/api.rs": "#[test]\nfn upload() { drop(std::hint::black_box(vec![0u8; 200])); }\n",
    "tests/own.rs": "fn main() {}\n",
}


@dataclass(frozen=True)
class Project:
    """A project that has been measured once, with a baseline of that."""

    repository: Repository
    env: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "leakgate", *words],
            cwd=self.repository.path,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def doctor(self, *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
        """The exit code, and the findings by their keys."""
        done = self.run("doctor", "--format", "json", *words)
        report = json.loads(done.stdout)
        findings = [finding for section in report["sections"] for finding in section["findings"]]
        return done.returncode, {finding["key"]: finding for finding in findings}


@pytest.fixture(scope="module")
def project(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Project:
    assert pytestconfig.cache is not None
    repository = make(tmp_path_factory.mktemp("doctor") / "store")
    repository.commit("The store", **FILES)
    ours = ("CARGO_", "GITHUB_", "LEAKGATE_", "RUSTC", "RUSTFLAGS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    project = Project(repository, {**env, "XDG_CACHE_HOME": str(pytestconfig.cache.mkdir("leakgate-cache"))})
    for words in (("check",), ("baseline", "save")):
        done = project.run(*words)
        assert done.returncode == 0, done.stderr
    return project


def test_what_it_says_can_be_measured_is_what_was(project: Project) -> None:
    _, found = project.doctor()
    snapshot = json.loads((project.repository.path / "target/leakgate/snapshot.json").read_bytes())
    measured = sorted({test["test"].partition(" ")[0] for test in snapshot["tests"]})
    assert measured == ["store", "store::api"]
    assert found["test-binaries"]["text"] == "2 of 4 can be measured: store, store::api"
    assert "`store::own`" in found["own-harness"]["text"]
    assert "`store::bin/store`" in found["allocator"]["text"]


def test_what_a_run_will_be_is_what_the_baseline_was(project: Project) -> None:
    code, found = project.doctor()
    assert (code, found["comparable"]["level"]) == (0, "ok")


@pytest.mark.parametrize(
    ("words", "differs"),
    [
        (["cargo", "test", "--release"], "cargo-profile"),
        (["cargo", "test", "--no-default-features"], "features"),
        (["cargo", "test", "--target", "aarch64-apple-darwin"], "target"),
    ],
)
def test_another_build_is_known_to_be_incomparable(project: Project, words: list[str], differs: str) -> None:
    _, found = project.doctor("--", *words)
    assert found["comparable"]["level"] == "warning"
    assert f"so growth would not be judged: {differs} " in found["comparable"]["text"]


def test_a_check_that_cannot_work_ends_as_the_doctor_said(project: Project) -> None:
    words = ("--profiler", "harness", "--", "cargo", "test", "--bin", "store")
    code, found = project.doctor(*words)
    assert (code, found["test-binaries"]["level"]) == (3, "error")
    assert project.run("check", *words).returncode == code
