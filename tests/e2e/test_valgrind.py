"""The valgrind profiler on `projects/press`. Each process in valgrind takes a second, so that few are started.

What needs valgrind itself is marked `ci`: `make test` must pass on a machine without it.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leakgate.dhat.profile import Metric, Mode
from leakgate.dhat.reader import read
from leakgate.errors import UsageError
from leakgate.profilers.suite import FailedTest, OutputLine, ProgressEvent, SuiteRequest, SuiteRun
from leakgate.profilers.table import PROFILERS
from leakgate.snapshot.model import Measurement
from leakgate.snapshot.take import TestedProfile, take

pytestmark = pytest.mark.e2e
needs_valgrind = pytest.mark.ci

PRESS = Path(__file__).parent / "projects" / "press"
MENDED = "leave the allocator out of test builds, `#[cfg(not(test))]`, or have it call malloc"


@dataclass
class Press:
    """A copy of the project, and how to profile it."""

    directory: Path
    target: Path
    runs: Path
    events: list[ProgressEvent] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CARGO_", "RUST_TEST", "GIT_", "LEAKGATE", "GITHUB", "VALGRIND"))
        }
        return {**kept, "CARGO_TARGET_DIR": str(self.target), "CARGO_INCREMENTAL": "0"}

    def measure(self, *command: str, profiler: str = "valgrind", **wanted: Any) -> SuiteRun:  # noqa: ANN401 - any field
        run_dir = self.runs / str(len(list(self.runs.iterdir())))
        run_dir.mkdir()
        self.events.clear()
        request = SuiteRequest(command, self.directory, self.environment, run_dir, **wanted)
        return PROFILERS[profiler](request, self.events.append)

    @property
    def output(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, OutputLine)]

    def leakgate(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "leakgate", *arguments],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """One copy for the whole module, so that it is compiled once."""
    base = tmp_path_factory.mktemp("valgrind")
    shutil.copytree(PRESS, base / "press", ignore=shutil.ignore_patterns("target"))
    subprocess.run(["git", "init", "--quiet"], cwd=base / "press", check=True)
    (base / "runs").mkdir()
    return Press(base / "press", base / "target", base / "runs")


def measured(run: SuiteRun) -> dict[str, Measurement]:
    """Test id → what a snapshot says of it."""
    tested = [TestedProfile(profile.test, read(profile.path)) for profile in run.profiles]
    return {test.test: test for test in take(tested, run.workspace).tests}


def left(run: SuiteRun) -> dict[str, int]:
    """Test id → bytes live at the end."""
    return {name: test.metrics[Metric.T_END_BYTES] for name, test in measured(run).items()}


def places(test: Measurement) -> list[tuple[str, str | None, int | None]]:
    """Where the memory comes from that a test left behind."""
    return [(site.function, site.file, site.line) for site in test.sites if site.counts[Metric.T_END_BYTES]]


@needs_valgrind
def test_each_test_is_measured_alone_and_libtest_is_left_out(press: Press) -> None:
    # A pull request could blind the gate with these: they do not count.
    (press.directory / ".valgrindrc").write_text("--tool=none\n--num-callers=1\n")

    run = press.measure("cargo", "test", "--lib", jobs=3)

    (press.directory / ".valgrindrc").unlink()
    assert left(run) == {
        "press tests::clean": 0,
        "press tests::empty": 0,
        "press tests::leaks": 3000,
        "press tests::panics": 0,
        "press tests::threads_leak": 300,
    }
    tests = measured(run)
    assert places(tests["press tests::leaks"]) == [("press::fill", "src/lib.rs", 4)]
    assert places(tests["press tests::threads_leak"]) == [("press::fill", "src/lib.rs", 4)]
    assert tests["press tests::clean"].metrics[Metric.TOTAL_BYTES] < 51_000
    assert 50_000 < tests["press tests::clean"].metrics[Metric.T_GMAX_BYTES] < 70_000
    assert (run.unmeasured, run.failed, run.unaccounted, run.notes) == ((), (), None, ())
    assert run.ignored == len([line for line in press.output if "... ignored" in line])
    version = subprocess.check_output(["valgrind", "--version"], text=True).strip()
    assert run.fingerprint["profiler"] == "valgrind"
    assert f"valgrind-{run.fingerprint['profiler-version']}" == version
    assert run.fingerprint["mode"] == "heap"
    assert not list(press.directory.glob("**/*dhat*"))


@needs_valgrind
def test_the_gate_fails_at_the_line_that_leaks(press: Press) -> None:
    (press.directory / "leakgate.yml").write_text(
        "version: 1\nprofiler: valgrind\ncommand: cargo test --release --lib leaks\nbaseline: {store: file}\n"
    )
    source = press.directory / "src/lib.rs"
    healthy = source.read_text()
    source.write_text(healthy.replace("forget(fill(3000))", "forget(fill(std::hint::black_box(3000)))"))
    first = press.leakgate("check")
    saved = press.leakgate("baseline", "save")
    source.write_text(healthy.replace("forget(fill(3000))", "forget(fill(std::hint::black_box(90_000)))"))
    second = press.leakgate("check")
    source.write_text(healthy)
    (press.directory / "leakgate.yml").unlink()

    assert (first.returncode, saved.returncode) == (0, 0), first.stderr + saved.stderr
    assert second.returncode == 1, second.stderr
    # Lines are there in a release build too, of which Cargo.toml says nothing. What was inlined has a short name.
    assert re.search(r"\+84\.96 KiB .*\bfill\b.*src/lib\.rs:4", second.stdout), second.stdout
    assert "(valgrind 3." in second.stdout


@needs_valgrind
def test_a_bypassed_allocator_is_noticed_and_one_that_calls_malloc_is_seen_through(press: Press) -> None:
    run = press.measure("cargo", "test", "--test", "*", jobs=3)

    assert left(run) == {"press::counting leaks": 2000, "press::own": 4321}
    assert places(measured(run)["press::counting leaks"]) == [("press::fill", "src/lib.rs", 4)]
    assert run.unmeasured == ("press::bump leaks_unseen", "press::bump threads_leak_unseen")
    (note,) = run.notes
    assert note == (
        "`press::bump` was not measured: its global allocator does not use malloc, which is all that valgrind "
        f"sees; {MENDED}"
    )
    assert "own harness" in press.output


@needs_valgrind
def test_where_only_bypassed_tests_ran_the_check_is_no_pass(press: Press) -> None:
    checked = press.leakgate("check", "--profiler", "valgrind", "--", "cargo", "test", "--test", "bump", "threads")

    assert checked.returncode == 3
    assert "1 test ran, and none could be measured." in checked.stdout


@needs_valgrind
def test_auto_uses_valgrind_where_the_tests_have_an_allocator_of_their_own(press: Press) -> None:
    run = press.measure("cargo", "test", "--test", "counting", profiler="auto")

    assert left(run) == {"press::counting leaks": 2000}
    (note,) = run.notes
    assert note.endswith("(profiler `valgrind`): the test binaries have a global allocator of their own")


@needs_valgrind
def test_programs_with_cargo_and_without(press: Press) -> None:
    built = press.measure("cargo", "run", "--quiet", "--", "777")
    program = str(press.target / "debug/serve")
    alone = press.measure(program, "888", repeat=2)
    failing = press.measure(program, "1", "3")

    assert left(built) == {"press::bin/serve": 777}
    assert [profile.test for profile in alone.profiles] == ["serve", "serve"]
    assert [read(profile.path).totals[Metric.T_END_BYTES] for profile in alone.profiles] == [888 + 544] * 2
    assert places(measured(built)["press::bin/serve"]) == [("press::fill", "src/lib.rs", 4)]
    assert press.output == ["served"]
    assert (failing.profiles, failing.failed) == ((), (FailedTest("serve", "exited with 3"),))


@needs_valgrind
def test_a_test_binary_without_cargo_is_measured_test_by_test(press: Press) -> None:
    press.measure("cargo", "test", "--test", "counting")
    (binary,) = [path for path in press.target.glob("debug/deps/counting-*") if not path.suffix]

    assert left(press.measure(str(binary))) == {"counting leaks": 2000}


@needs_valgrind
def test_a_program_that_is_not_the_projects_is_not_measured(press: Press) -> None:
    run = press.measure("make", "--version")

    assert (run.profiles, run.unmeasured) == ((), ("make",))
    (note,) = run.notes
    assert note == (
        "`make` was not measured: nothing that it allocates comes from this project's code, and what it starts "
        "itself is not run in valgrind; name the program that is meant"
    )


@needs_valgrind
def test_copied_memory_and_announced_events_are_counted_as_totals(press: Press) -> None:
    command = ("cargo", "test", "--lib", "--", "--include-ignored", "--exact")
    copied = press.measure(*command, "tests::copies", valgrind_mode=Mode.COPY)
    announced = press.measure(*command, "tests::announces", valgrind_mode=Mode.AD_HOC)

    assert measured(copied)["press tests::copies"].metrics[Metric.TOTAL_BYTES] >= 20_000
    assert measured(announced)["press tests::announces"].metrics == {
        Metric.TOTAL_BYTES: 11,
        Metric.TOTAL_BLOCKS: 2,
    }
    assert measured(announced)["press tests::announces"].units == ("units", "events")
    assert (copied.fingerprint["mode"], announced.fingerprint["mode"]) == ("copy", "ad-hoc")


@needs_valgrind
def test_single_tests_can_be_measured_again_for_a_limited_time(press: Press) -> None:
    wanted = ("press tests::leaks", "press tests::hangs")

    run = press.measure(
        "cargo", "test", "--lib", "--", "--include-ignored", only=wanted, repeat=2, time_limit=10.0, jobs=2
    )

    assert [profile.test for profile in run.profiles] == ["press tests::leaks"] * 2
    assert run.failed == (FailedTest("press tests::hangs", "did not end within 10 s"),)
    assert run.notes == ()


@needs_valgrind
def test_an_instruction_that_valgrind_does_not_know_is_explained(press: Press) -> None:
    run = press.measure("cargo", "test", "--lib", "modern", "--", "--ignored")

    (failed,) = run.failed
    assert failed == FailedTest(
        "press tests::is_too_modern",
        "killed by SIGILL: valgrind does not know an instruction of it (it has no AVX-512): build without "
        "`-C target-cpu=native`",
    )


def test_a_missing_valgrind_is_a_message_before_anything_is_compiled(press: Press, tmp_path: Path) -> None:
    cargo = shutil.which("cargo")
    assert cargo is not None
    (tmp_path / "cargo").symlink_to(cargo)
    request = SuiteRequest(("cargo", "test"), press.directory, {"PATH": str(tmp_path)}, tmp_path)

    with pytest.raises(UsageError) as caught:
        PROFILERS["valgrind"](request, press.events.append)

    assert str(caught.value) == (
        "valgrind is not installed\n"
        "  help: `apt-get install valgrind`, `dnf install valgrind` or `apk add valgrind`; on macOS and Windows "
        "there is none: use `--profiler harness`"
    )
