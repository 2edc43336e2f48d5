"""`cargo nextest run` under the harness, with the real nextest."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leakgate.errors import MeasurementError
from leakgate.profilers.suite import BinaryStarted, FailedTest, OutputLine, ProgressEvent, SuiteRequest, SuiteRun
from leakgate.profilers.table import PROFILERS
from measuring import environment, figures, write

pytestmark = pytest.mark.e2e

SHELF = """
#[cfg(test)]
mod tests {
    #[test]
    fn reads() {
        println!("printing takes a buffer, which is not the test's");
        drop(vec![1u8; 5000]);
    }
    #[test]
    fn keeps() {
        std::mem::forget(vec![1u8; 300]);
    }
    #[test]
    fn caches() {
        static CACHE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        CACHE.get_or_init(|| vec![1; 7000]);
    }
    #[test]
    #[should_panic(expected = "full")]
    fn refuses() {
        let _books = vec![0u8; 100];
        panic!("the shelf is full");
    }
    #[test]
    #[ignore = "takes a while"]
    fn stores_many() {
        drop(vec![1u8; 90_000]);
    }
}
"""
FAULTS = """
#[test]
fn recovers() {
    let first = std::fs::create_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/attempted")).is_ok();
    if first {
        std::mem::forget(vec![0u8; 1_000_000]);
        panic!("not yet");
    }
    drop(vec![0u8; 700]);
}
#[test]
fn fails() {
    panic!("never");
}
#[test]
fn aborts() {
    std::process::abort();
}
#[test]
fn hangs() {
    std::thread::park();
}
#[test]
fn exits() {
    std::process::exit(0);
}
"""
OWN_HARNESS = """
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--list") {
        std::process::exit(3);
    }
    if !arguments.iter().any(|argument| argument == "--ignored") {
        println!("case: test");
    }
}
"""
CONFIG = """
experimental = ["setup-scripts"]
[profile.retrying]
retries = 1
[[profile.retrying.overrides]]
filter = "test(hangs)"
slow-timeout = {period = "500ms", terminate-after = 1, grace-period = "0s"}
[profile.quick]
default-filter = "not test(keeps)"
[scripts.setup.broken]
command = "false"
[[profile.broken.scripts]]
filter = "all()"
setup = "broken"
"""


NOT_OURS = "`faults::own` was not measured: it has a test harness of its own (`harness = false`)"


@dataclass
class Project:
    """A workspace with nextest's configuration in it, and how to measure its tests."""

    directory: Path
    env: dict[str, str]
    events: list[ProgressEvent] = field(default_factory=list)

    def measure(self, command: str, *words: str, only: tuple[str, ...] = (), repeat: int = 1) -> SuiteRun:
        run_dir = self.directory.parent / "runs" / str(len(list((self.directory.parent / "runs").iterdir())))
        run_dir.mkdir()
        self.events.clear()
        request = SuiteRequest(
            (*command.split(), *words), self.directory, self.env, run_dir, only=only, repeat=repeat
        )
        return PROFILERS["harness"](request, self.events.append)

    def leakgate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "leakgate", *arguments]
        return subprocess.run(
            command, cwd=self.directory, env=self.env, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def project(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Project:
    assert pytestconfig.cache is not None
    directory = tmp_path_factory.mktemp("nextest") / "project"
    (directory.parent / "runs").mkdir()
    texts = {
        "Cargo.toml": '[workspace]\nmembers = ["shelf", "faults"]\nresolver = "2"\n',
        ".config/nextest.toml": CONFIG,
        "shelf/Cargo.toml": '[package]\nname = "shelf"\nversion = "0.1.0"\nedition = "2021"\n',
        "shelf/src/lib.rs": SHELF,
        "shelf/tests/api.rs": "#[test] fn upload() { drop((0..1000u64).collect::<Vec<_>>()); }\n",
        "faults/Cargo.toml": '[package]\nname = "faults"\nversion = "0.1.0"\nedition = "2021"\n'
        '[[test]]\nname = "own"\nharness = false\n',
        "faults/src/lib.rs": FAULTS,
        "faults/tests/own.rs": OWN_HARNESS,
    }
    write(directory, texts)
    return Project(directory, environment(Path(pytestconfig.cache.mkdir("leakgate-cache"))))


def test_it_measures_what_cargo_test_measures(project: Project) -> None:
    by_cargo = project.measure("cargo test -p shelf")
    by_nextest = project.measure("cargo nextest run -p shelf -j4")

    assert figures(by_nextest) == figures(by_cargo)
    assert figures(by_nextest) == {
        "shelf tests::caches": (0, 0, 0),
        "shelf tests::keeps": (300, 300, 300),
        "shelf tests::reads": (5000, 0, 5000),
        "shelf tests::refuses": (172, 0, 172),
        "shelf::api upload": (8000, 0, 8000),
    }
    assert by_nextest.fingerprint == by_cargo.fingerprint
    assert (by_nextest.failed, by_nextest.unmeasured, by_nextest.unaccounted) == ((), (), None)
    assert by_nextest.ignored == by_cargo.ignored == 1
    started = [event for event in project.events if isinstance(event, BinaryStarted)]
    assert sorted((event.binary, event.of, event.tests) for event in started) == [
        ("shelf", 2, 4),
        ("shelf::api", 2, 1),
    ]


def test_a_baseline_of_cargo_test_holds_for_nextest(project: Project) -> None:
    assert project.leakgate("check", "--", "cargo", "test", "-p", "shelf").returncode == 0
    assert project.leakgate("baseline", "save", "--store", "file").returncode == 0

    done = project.leakgate("check", "--", "cargo", "nextest", "run", "-p", "shelf")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "✔ 5 tests within their memory limits"


def test_the_partitions_together_are_the_whole(project: Project) -> None:
    whole = figures(project.measure("cargo nextest run -p shelf"))
    for kind in ("hash", "slice"):
        first, second = (
            figures(project.measure(f"cargo nextest run -p shelf --partition {kind}:{part}/2")) for part in (1, 2)
        )
        assert first
        assert second
        assert not first.keys() & second.keys()
        assert first | second == whole


def test_named_tests_are_measured_as_often_as_wanted_whatever_their_partition(project: Project) -> None:
    wanted = ("shelf tests::keeps", "shelf::api upload")

    measured = project.measure("cargo nextest run -p shelf --partition count:1/2", only=wanted, repeat=3)

    assert sorted(profile.test for profile in measured.profiles) == sorted(wanted * 3)
    assert figures(measured) == {"shelf tests::keeps": (300, 300, 300), "shelf::api upload": (8000, 0, 8000)}
    assert (measured.failed, measured.unaccounted) == ((), None)


@pytest.mark.parametrize(
    ("words", "tests"),
    [
        (["-E", "test(keeps) + binary(api)"], {"shelf tests::keeps", "shelf::api upload"}),
        (["--run-ignored", "only"], {"shelf tests::stores_many"}),
        (["--profile", "quick", "reads", "keeps"], {"shelf tests::reads"}),
        (["--no-capture", "--", "--exact", "tests::reads"], {"shelf tests::reads"}),
    ],
)
def test_what_nextest_is_told_to_run_is_what_is_measured(
    project: Project, words: list[str], tests: set[str]
) -> None:
    measured = project.measure("cargo nextest run -p shelf", *words)

    assert figures(measured).keys() == tests
    assert (measured.failed, measured.unaccounted) == ((), None)


def test_the_last_attempt_counts_and_a_failure_has_a_reason(project: Project) -> None:
    measured = project.measure("cargo nextest run -p faults --lib -P retrying")

    assert figures(measured) == {"faults recovers": (700, 0, 700)}
    assert sorted(measured.failed, key=lambda failed: failed.test) == [
        FailedTest("faults aborts", "killed by SIGABRT"),
        FailedTest("faults exits", "exited before the test ended"),
        FailedTest("faults fails", "panicked: never"),
        FailedTest("faults hangs", "stopped by nextest's time limit after 1 s"),
    ]
    assert measured.notes == ("`faults recovers` failed, and passed when nextest ran it again: that run counts",)
    assert measured.unaccounted is None


def test_a_failure_where_nothing_is_measured_is_not_overlooked(project: Project) -> None:
    measured = project.measure("cargo nextest run -E", "test(keeps) + binary(own)")

    assert figures(measured).keys() == {"shelf tests::keeps"}
    assert measured.unaccounted == "cargo nextest exited with 100: a test has failed that is not measured"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("shelf -P broken", "cargo nextest exited with 105: a setup script failed"),
        ("shelf nowhere --no-tests=pass", "no test that can be measured matches `nowhere`"),
        ("shelf -E test(", "cargo nextest exited with 94: it does not understand a filterset"),
        ("shelf --cargo-profile nowhere", "cargo could not build the tests"),
        (
            "faults --test own",
            f"nothing can be measured: {NOT_OURS}",
        ),
    ],
)
def test_nothing_measured_is_an_error_with_its_own_words(project: Project, words: str, what: str) -> None:
    with pytest.raises(MeasurementError) as caught:
        project.measure(f"cargo nextest run -p {words}")
    assert caught.value.what == what


def test_where_nextest_is_missing_that_is_said(project: Project) -> None:
    without = [
        folder for folder in project.env["PATH"].split(os.pathsep) if not (Path(folder) / "cargo-nextest").exists()
    ]
    there = Project(project.directory, {**project.env, "PATH": os.pathsep.join(without)}, project.events)

    with pytest.raises(MeasurementError) as caught:
        there.measure("cargo nextest run -p shelf")

    assert caught.value.what == "cargo-nextest is not installed"
    said = [event.text for event in project.events if isinstance(event, OutputLine)]
    assert "error: no such command: `nextest`" in said
