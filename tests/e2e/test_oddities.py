"""`tests/zoo/oddities`: what makes measuring hard, through the real cargo and nextest, against known figures.

`expected.txt` there has a table for each command below: what is measured, at how many bytes, which function of the
workspace held most of them, what failed and why, and all that the report remarks.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from leakgate.errors import MeasurementError
from leakgate.profilers.suite import OutputLine, ProgressEvent, SuiteRequest, SuiteRun
from leakgate.profilers.table import PROFILERS

pytestmark = pytest.mark.e2e

ODDITIES = Path(__file__).parents[1] / "zoo/oddities"
FIGURES = 17
"""How wide the columns of figures are in `expected.txt`."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass
class Zoo:
    """The workspace, built where an earlier run has left it, and how to profile it."""

    env: dict[str, str]
    runs: Path
    directory: Path = ODDITIES
    events: list[ProgressEvent] = field(default_factory=list)

    def measure(
        self, command: str, env: Mapping[str, str] = NOTHING, *, time_limit: float | None = None
    ) -> SuiteRun:
        run_dir = self.runs / str(len(list(self.runs.iterdir())))
        run_dir.mkdir()
        self.events.clear()
        words = tuple(command.split(" "))
        request = SuiteRequest(words, self.directory, {**self.env, **env}, run_dir, time_limit=time_limit)
        return PROFILERS["harness"](request, self.events.append)

    @property
    def output(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, OutputLine)]


@pytest.fixture
def zoo(pytestconfig: pytest.Config, tmp_path: Path) -> Zoo:
    assert pytestconfig.cache is not None
    ours = ("CARGO_", "RUST", "GIT_", "LEAKGATE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    tools = {name: value for name, value in os.environ.items() if name in {"CARGO_HOME", "RUSTUP_HOME"}}
    runs = tmp_path / "runs"
    runs.mkdir()
    return Zoo(
        env={
            **kept,
            **tools,
            "XDG_CACHE_HOME": str(pytestconfig.cache.mkdir("leakgate-cache")),
            "CARGO_TARGET_DIR": str(pytestconfig.cache.mkdir("oddities-target")),
            "CARGO_INCREMENTAL": "0",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",  # cargo-nextest is in there
        },
        runs=runs,
    )


def expected(title: str) -> list[str]:
    """The lines of the table under this title in `expected.txt`."""
    sections = re.split(r"^## (.*)\n", (ODDITIES / "expected.txt").read_text(), flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2], strict=True))[title].strip("\n").splitlines()


def as_expected(run: SuiteRun, title: str) -> bool:
    """Whether the run is what `expected.txt` says; a figure that is `*` there may be any."""
    lines = expected(title)
    free = {line[FIGURES:]: line[:FIGURES] for line in lines if "*" in line[:FIGURES]}
    got = [
        _freed(line[:FIGURES], free[line[FIGURES:]]) + line[FIGURES:] if line[FIGURES:] in free else line
        for line in table(run)
    ]
    assert got == lines
    return True


def _freed(figures: str, pattern: str) -> str:
    """`    1200        0` by `       *        0` → `       *        0`."""
    pairs = zip(re.findall(r" *\S+", figures), re.findall(r" *\S+", pattern), strict=True)
    return "".join(wanted if wanted.strip() == "*" else got for got, wanted in pairs)


def table(run: SuiteRun) -> list[str]:
    """The run as `expected.txt` has it."""
    lines = ["  t-gmax    t-end  test, and the function of the workspace that held most"]
    for measured in sorted(run.profiles, key=lambda profile: profile.test):
        profile = json.loads(measured.path.read_bytes())
        gmax, end = (sum(point[key] for point in profile["pps"]) for key in ("gb", "eb"))
        lines.append(f"{gmax:>8} {end:>8}  {measured.test}{_where(profile)}")
    lines += [f"  failed           {failed.test}: {failed.reason}" for failed in sorted(run.failed, key=str)]
    lines += [f"  without figures  {test}" for test in run.unmeasured]
    lines += [f"note: {note}" for note in sorted(run.notes)]
    if run.unaccounted:
        lines.append(f"unaccounted: {run.unaccounted}")
    return lines


def _where(profile: Mapping[str, Any]) -> str:
    """The innermost function of the workspace, and its file, in the stacks that hold most at the peak."""
    sizes: dict[str, int] = defaultdict(int)
    for point in profile["pps"]:
        frames = (profile["ftbl"][number] for number in point["fs"])
        found = (re.search(r": (.*) \(\S*?/(crates/\S+):\d+\)$", frame) for frame in frames)
        innermost = next((match for match in found if match), None)
        if innermost is not None:
            sizes[f" - {innermost[1]} ({innermost[2]})"] += point["gb"]
    return max(sizes, key=lambda place: sizes[place]) if sizes else ""


ORDERLY = "cargo test --locked --workspace --exclude deaths --exclude threads"
THREADS = "cargo test --locked -p threads"
DEATHS = "cargo test --locked -p deaths"
RUNNERS = {"cargo test": "-- --include-ignored", "cargo nextest run": "--run-ignored all"}
"""The commands that must find the same → what has each of them run ignored tests too."""

FROM_ELSEWHERE = "two crates, wherever they and their dependencies come from"


@pytest.mark.parametrize("runner", RUNNERS)
def test_all_that_behaves_is_measured_to_the_byte(zoo: Zoo, runner: str) -> None:
    """Editions, macros, no_std, lints, a dhat beside, C and C++, names, output, what cannot run twice."""
    run = zoo.measure(ORDERLY.replace("cargo test", runner))
    assert as_expected(run, ORDERLY)
    assert any("special" in line for line in zoo.output), "what cannot be measured runs all the same"


@pytest.mark.parametrize("runner", RUNNERS)
def test_threads_that_are_left_do_not_count_for_the_tests_behind(zoo: Zoo, runner: str) -> None:
    assert as_expected(zoo.measure(THREADS.replace("cargo test", runner)), THREADS)


@pytest.mark.parametrize(("runner", "ignored_too"), RUNNERS.items())
def test_one_test_that_dies_or_hangs_is_one_test_lost(zoo: Zoo, runner: str, ignored_too: str) -> None:
    run = zoo.measure(f"{DEATHS.replace('cargo test', runner)} {ignored_too}", time_limit=5)
    assert as_expected(run, DEATHS)


@pytest.mark.parametrize("options", ["--target host-tuple", "--profile shipped"])
def test_other_builds_of_the_same(zoo: Zoo, options: str) -> None:
    """`shipped` has fat LTO, aborts on panic, has no debug information, and is stripped."""
    command = f"cargo test --locked {options} -p strict"
    assert as_expected(zoo.measure(command), command)


@pytest.mark.parametrize(
    "variable",
    [
        "CARGO_PROFILE_DEV_DEBUG=0",
        "CARGO_PROFILE_DEV_STRIP=symbols",
        "CARGO_PROFILE_DEV_SPLIT_DEBUGINFO=packed",
        "RUSTFLAGS=-Cstrip=symbols",
    ],
)
def test_what_a_profile_leaves_out_is_asked_for(zoo: Zoo, variable: str) -> None:
    name, _, value = variable.partition("=")
    assert as_expected(
        zoo.measure("cargo test --locked -p strict", {name: value}), "one crate, however it is built"
    )


@pytest.mark.parametrize(
    "variable",
    [
        "RUSTFLAGS=-C debuginfo=0",
        "CARGO_BUILD_RUSTFLAGS=-Clink-arg=-Wl,-s",
        "CARGO_ENCODED_RUSTFLAGS=-Cforce-frame-pointers=no",
    ],
)
def test_a_flag_that_hides_lines_is_named_with_its_place(zoo: Zoo, variable: str) -> None:
    name, _, value = variable.partition("=")
    assert as_expected(zoo.measure("cargo test --locked -p strict", {name: value}), variable)


def test_a_failure_in_what_is_not_measured_is_no_pass(zoo: Zoo) -> None:
    command = "cargo test --locked -p own-harness"
    assert as_expected(zoo.measure(command, {"SPECIAL_FAILS": "1"}), command)


def test_tests_that_libtest_starts_by_themselves_are_refused_in_words(zoo: Zoo) -> None:
    with pytest.raises(MeasurementError) as caught:
        zoo.measure("cargo test --locked -p strict -Zpanic-abort-tests", {"RUSTC_BOOTSTRAP": "1"})
    assert caught.value.what == (
        "nothing can be measured: `strict` was not measured: "
        "with `-Zpanic-abort-tests` libtest starts each of its tests by itself"
    )


def copied(zoo: Zoo, directory: Path, *crates: str) -> None:
    """Go on with a copy of the workspace that has these crates only."""
    for crate in crates:
        shutil.copytree(ODDITIES / "crates" / crate, directory / "crates" / crate)
    for file in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(ODDITIES / file, directory)
    zoo.directory = directory


def test_vendored_dependencies_offline_and_directories_of_the_projects_own(zoo: Zoo, tmp_path: Path) -> None:
    project = tmp_path / "project"
    copied(zoo, project, "probing", "edition2021")
    vendor = ["cargo", "vendor", "--versioned-dirs"]
    replacement = subprocess.run(
        vendor, cwd=project, env=zoo.env, check=True, capture_output=True, text=True
    ).stdout
    (project / ".cargo").mkdir()
    directories = '[build]\ntarget-dir = "out"\nbuild-dir = "parts"\n'
    (project / ".cargo/config.toml").write_text(f"{replacement}\n{directories}")
    del zoo.env["CARGO_TARGET_DIR"]
    nowhere = {"CARGO_HOME": str(tmp_path / "an empty home")}

    run = zoo.measure("cargo test --offline", nowhere)

    assert as_expected(run, FROM_ELSEWHERE)
    made = {path.name for path in project.iterdir()}
    assert made == {".cargo", "Cargo.lock", "Cargo.toml", "crates", "out", "vendor"}
    assert [path.name for path in (project / "out").iterdir()] == ["leakgate-build"]


@pytest.mark.ci
def test_sccache(zoo: Zoo, tmp_path: Path) -> None:
    """It gets to see rustc, and keeps what it compiles: a second build takes it from there."""
    copied(zoo, tmp_path / "project", "probing", "edition2021")
    variables = {"RUSTC_WRAPPER": "sccache", "SCCACHE_DIR": str(tmp_path / "kept"), "SCCACHE_SERVER_PORT": "14227"}
    sccache = partial(subprocess.run, env={**zoo.env, **variables}, check=True, capture_output=True, text=True)
    sccache(["sccache", "--start-server"])
    try:
        for _ in range(2):
            # Its key has the path in it.
            shutil.rmtree(tmp_path / "target", ignore_errors=True)
            run = zoo.measure("cargo test", {**variables, "CARGO_TARGET_DIR": str(tmp_path / "target")})
            assert as_expected(run, FROM_ELSEWHERE)
        statistics = sccache(["sccache", "--show-stats"]).stdout
    finally:
        sccache(["sccache", "--stop-server"])
    hits = re.search(r"^Cache hits \(Rust\) +(\d+)$", statistics, re.MULTILINE)
    assert hits is not None, statistics
    assert int(hits[1]) >= 3, (
        "anyhow, what its build script and ours probe with, and the library that an integration test needs"
    )
