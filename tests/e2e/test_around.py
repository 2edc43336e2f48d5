"""Commands that start cargo in their turn, under the harness: make, aliases, external commands, scripts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest

from leakgate.errors import LeakgateError
from leakgate.profilers.suite import ProgressEvent, SuiteRequest, SuiteRun
from leakgate.profilers.table import PROFILERS
from measuring import environment, figures, write

pytestmark = pytest.mark.e2e

LIBRARY = """
#[test]
fn keeps() {
    std::mem::forget(vec![0u8; 300]);
}
#[test]
fn warms_up() {
    static WARM: std::sync::Once = std::sync::Once::new();
    WARM.call_once(|| drop(vec![0u8; 5000]));
}
#[test]
fn fails_when_told() {
    assert!(std::env::var_os("FAIL").is_none());
}
"""
OWN_HARNESS = "fn main() {}\n"
MAKEFILE = """
test:
\tcargo test
failing:
\tcargo test --lib
\tfalse
fewer:
\tcargo test --lib keeps
\tcargo nextest run --test api
both:
\tcargo test --lib
\tcargo test --lib --release
nothing:
\t@echo nothing
"""
EACH = """#!/bin/sh
for feature in one two; do "$CARGO" test --lib --features $feature || exit; done
"""
"""What `cargo hack test --each-feature` does, as cargo's own way of extension has it."""

BY_CARGO = {
    "a-shelf fails_when_told": (0, 0, 0),
    "a-shelf warms_up": (5000, 0, 5000),
    "a-shelf keeps": (300, 300, 300),
    "a-shelf::api upload": (8000, 0, 8000),
    "a-shelf::bin/a-shelf starts": (10, 0, 10),
}


NO_CEILINGS: Mapping[str, int] = MappingProxyType({})


@dataclass
class Project:
    directory: Path
    env: dict[str, str]
    events: list[ProgressEvent] = field(default_factory=list)

    def measure(self, *command: str, ceilings: Mapping[str, int] = NO_CEILINGS, **variables: str) -> SuiteRun:
        runs = self.directory.parent / "runs"
        run_dir = runs / str(len(list(runs.iterdir())))
        run_dir.mkdir()
        request = SuiteRequest(command, self.directory, {**self.env, **variables}, run_dir, ceilings=ceilings)
        return PROFILERS["auto"](request, self.events.append)


@pytest.fixture(scope="module")
def project(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Project:
    assert pytestconfig.cache is not None
    directory = tmp_path_factory.mktemp("around") / "project"
    (directory.parent / "runs").mkdir()
    texts = {
        "Cargo.toml": '[package]\nname = "a-shelf"\nversion = "0.1.0"\nedition = "2021"\n'
        '[features]\none = []\ntwo = []\n[[test]]\nname = "own"\nharness = false\n',
        ".cargo/config.toml": '[alias]\nquick = "test --lib"\n',
        "src/lib.rs": LIBRARY,
        "src/main.rs": "fn main() {}\n#[test]\nfn starts() {\n    drop(vec![0u8; 10]);\n}\n",
        "tests/api.rs": "#[test]\nfn upload() {\n    drop((0..1000u64).collect::<Vec<_>>());\n}\n",
        "tests/own.rs": OWN_HARNESS,
        "Makefile": MAKEFILE,
        "../bin/cargo-each": EACH,
    }
    write(directory, texts)
    (directory / "../bin/cargo-each").chmod(0o755)
    cache = Path(pytestconfig.cache.mkdir("leakgate-cache"))
    return Project(directory, environment(cache, directory.parent / "bin"))


def test_what_make_starts_is_measured_as_by_cargo(project: Project) -> None:
    by_cargo = project.measure("cargo", "test")
    by_make = project.measure("make", "test")

    assert figures(by_cargo) == figures(by_make) == BY_CARGO
    assert (by_make.failed, by_make.unmeasured, by_make.unaccounted) == ((), (), None)
    own = "`own` was not measured: it has a test harness of its own (`harness = false`)"
    how = "measured by leakgate's harness (profiler `harness`), in each `cargo test` that the command starts"
    assert by_make.notes == (how, own)
    different = dict(by_cargo.fingerprint.items() ^ by_make.fingerprint.items())
    assert different.keys() == {"features"}
    assert not (project.directory / "target/debug").exists()


@pytest.mark.parametrize(
    ("command", "tests"),
    [
        ("cargo quick", {"a-shelf keeps", "a-shelf fails_when_told", "a-shelf warms_up"}),
        ("make fewer", {"a-shelf keeps", "a-shelf::api upload"}),
    ],
)
def test_each_cargo_that_it_starts_is_measured(project: Project, command: str, tests: set[str]) -> None:
    measured = project.measure(*command.split())

    assert figures(measured) == {test: BY_CARGO[test] for test in tests}
    assert (measured.failed, measured.unaccounted) == ((), None)


def test_a_peak_above_its_limit_is_looked_at_again_whatever_was_built_before(project: Project) -> None:
    project.measure("cargo", "quick", "--features", "one")
    project.measure("cargo", "quick")

    measured = project.measure("cargo", "quick", ceilings={"a-shelf warms_up": 100})

    assert figures(measured)["a-shelf warms_up"] == (0, 0, 0), "the second time nothing is computed"


def test_failures_are_told_with_their_test_or_without(project: Project) -> None:
    failed = project.measure("make", "failing", FAIL="1")
    assert [(test.test, test.reason.partition(":")[0]) for test in failed.failed] == [
        ("a-shelf fails_when_told", "panicked")
    ]
    assert failed.unaccounted is None

    unaccounted = project.measure("make", "failing")
    assert unaccounted.failed == ()
    assert unaccounted.unaccounted == "`make failing` exited with 2, but no test that was measured failed"


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("make both", "the command ran `a-shelf` more than once: which figures should count?"),
        ("cargo each", "the command ran `a-shelf` more than once: which figures should count?"),
        ("make nothing", "it ran no test that could be measured"),
        ("make nowhere", "it exited with 2 before any test was measured"),
        ("cargo nowhere", "it exited with 101 before any test was measured"),
    ],
)
def test_what_cannot_be_told_apart_or_ran_nothing_is_an_error(project: Project, command: str, what: str) -> None:
    with pytest.raises(LeakgateError) as caught:
        project.measure(*command.split())
    assert (caught.value.what, caught.value.where) == (what, command)
