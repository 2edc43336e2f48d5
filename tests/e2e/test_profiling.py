"""The dhat-rs profiler with real cargo and the real dhat crate, on `projects/shop`."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import pytest

from leakgate.dhat.frames import classify
from leakgate.dhat.profile import Metric
from leakgate.dhat.reader import read
from leakgate.errors import LeakgateError, MeasurementError, UsageError
from leakgate.profilers.suite import (
    BinaryStarted,
    Building,
    FailedTest,
    OutputLine,
    ProgressEvent,
    SuiteRequest,
    SuiteRun,
    TestEnded,
    TestStarted,
)
from leakgate.profilers.table import PROFILERS
from leakgate.snapshot.libtest import without_libtest

SHOP = Path(__file__).parent / "projects" / "shop"
FEATURE = "--features=dhat-heap"


@dataclass(frozen=True)
class Measured:
    """One run of the profiler and everything it told."""

    run: SuiteRun
    events: list[ProgressEvent]

    @property
    def output(self) -> str:
        """What cargo and the tests printed, with times blotted out."""
        text = "\n".join(event.text for event in self.events if isinstance(event, OutputLine))
        return re.sub(r"in \d+\.\d\ds", "in _s", text)

    @property
    def bytes_at_end(self) -> dict[str, int]:
        """Test id → bytes live at the end, of every profile, without libtest's own, which some runs have."""
        profiles = {profile.test: read(profile.path) for profile in self.run.profiles}
        return {
            test: without_libtest(profile, classify(profile.frames, self.run.workspace)).totals[Metric.T_END_BYTES]
            for test, profile in profiles.items()
        }


@dataclass
class Shop:
    """A copy of the project, and how to profile it."""

    directory: Path
    target: Path
    runs: Path
    events: list[ProgressEvent] = field(default_factory=list)

    def environment(self, **variables: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CARGO_", "RUST_TEST", "GIT_"))
        }
        shared = {"CARGO_TARGET_DIR": str(self.target), "CARGO_INCREMENTAL": "0"}
        return {**kept, **shared, "RUST_BACKTRACE": "1", **variables}

    def measure(
        self,
        *command: str,
        jobs: int = 1,
        cwd: str = ".",
        env: Mapping[str, str] = MappingProxyType({}),
        only: tuple[str, ...] = (),
        repeat: int = 1,
    ) -> Measured:
        run_dir = self.runs / str(len(list(self.runs.iterdir())))
        run_dir.mkdir()
        self.events.clear()
        request = SuiteRequest(
            command, self.directory / cwd, self.environment(**env), run_dir, jobs, only=only, repeat=repeat
        )
        return Measured(PROFILERS["dhat-rs"](request, self.events.append), list(self.events))

    def new_files(self) -> list[str]:
        """What is in the project and was not in the repository."""
        found = (path.relative_to(self.directory) for path in self.directory.rglob("*") if path.is_file())
        return sorted(str(path) for path in found if not (SHOP / path).exists() and path.parts[0] != ".git")


def copy_shop(directory: Path) -> Path:
    shutil.copytree(SHOP, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target"))
    subprocess.run(["git", "init", "--quiet"], cwd=directory, check=True)
    return directory


@pytest.fixture(scope="module")
def target(pytestconfig: pytest.Config) -> Path:
    """Cargo's target directory, kept between sessions: dhat takes a while to compile."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("cargo-target")


@pytest.fixture(scope="module")
def built(target: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """One copy for the whole module, so that its packages are compiled once."""
    base = tmp_path_factory.mktemp("profiling")
    (base / "runs").mkdir()
    return Shop(copy_shop(base / "shop"), target, base / "runs")


@pytest.fixture
def shop(built: Shop) -> Iterator[Shop]:
    """The module's copy, without what a test added to it."""
    yield built
    for name in built.new_files():
        (built.directory / name).unlink()


BASKET = """
running 14 tests
test tests::slow ... ignored, takes an hour
test tests::größe_wächst ... ok
test tests::has_no_profiler ... ok
test tests::leaks_a_thousand ... ok
test tests::leaks_more ... ok
test tests::leaves_a_daemon_behind ... ok
test tests::looks_like_libtest ... ok
test tests::only_asserts ... ok
test tests::panics_as_it_should - should panic ... ok
test tests::saves_to_a_subdirectory ... ok
test tests::saves_to_the_temporary_directory ... ok
test tests::saves_twice_to_one_file ... ok
test tests::saves_two_files ... ok
test tests::sees_cargo_s_own_surroundings ... ok

test result: ok. 13 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in _s
"""

SAVED_TWICE = (
    "basket tests::saves_twice_to_one_file saved 2 profiles to dhat-heap.json: only the last is left to measure"
)


def test_each_test_of_a_package_has_its_own_profile_and_the_users_files_stay(shop: Shop) -> None:
    mine = shop.directory / "crates/basket/dhat-heap.json"
    mine.write_text('{"dhatFileVersion":2,"mine":true}')
    before = mine.stat().st_mtime_ns

    measured = shop.measure("cargo", "test", "-p", "basket", FEATURE)

    assert measured.bytes_at_end == {
        "basket tests::größe_wächst": 70,
        "basket tests::leaks_a_thousand": 1000,
        "basket tests::leaks_more": 2000,
        "basket tests::leaves_a_daemon_behind": 90,
        "basket tests::looks_like_libtest": 80,
        "basket tests::panics_as_it_should": 72,  # the panic hook's
        "basket tests::saves_to_a_subdirectory": 3000,
        "basket tests::saves_to_the_temporary_directory": 4000,
        "basket tests::saves_twice_to_one_file": 600,
        "basket tests::saves_two_files": 500,
        "basket tests::saves_two_files [second-PID]": 600,
        "basket::api upload": 10,
    }
    assert measured.run.unmeasured == (
        "basket tests::has_no_profiler",
        "basket tests::only_asserts",
        "basket tests::sees_cargo_s_own_surroundings",
    )
    assert (measured.run.failed, measured.run.ignored, measured.run.unaccounted) == ((), 1, None)
    assert measured.run.notes == (SAVED_TWICE,)
    assert BASKET in measured.output
    assert "Doc-tests basket" in measured.output
    assert mine.read_text() == '{"dhatFileVersion":2,"mine":true}'
    assert mine.stat().st_mtime_ns == before
    # As after plain `cargo test`: whether a file elsewhere replaced one of the user's cannot be known.
    assert shop.new_files() == ["crates/basket/dhat-heap.json", "crates/basket/profiles/sub.json"]


def test_single_tests_run_again_and_each_run_leaves_its_own_profiles(shop: Shop) -> None:
    wanted = ("basket tests::leaks_more", "basket tests::saves_two_files [second-PID]")

    measured = shop.measure("cargo", "test", "-p", "basket", "--lib", FEATURE, only=wanted, repeat=2)

    assert [profile.test for profile in measured.run.profiles] == [
        "basket tests::leaks_more",
        "basket tests::leaks_more",
        "basket tests::saves_two_files",
        "basket tests::saves_two_files [second-PID]",
        "basket tests::saves_two_files",
        "basket tests::saves_two_files [second-PID]",
    ]
    assert len({profile.path for profile in measured.run.profiles}) == 6
    assert (measured.run.unmeasured, measured.run.failed) == ((), ())
    assert "running 2 tests" in measured.output


def test_progress_names_binaries_and_tests_as_they_run(shop: Shop) -> None:
    measured = shop.measure("cargo", "test", "--package=basket", "--test", "api", FEATURE)

    (ended,) = [event for event in measured.events if isinstance(event, TestEnded)]
    assert 0 < ended.seconds < 20
    assert [event for event in measured.events if not isinstance(event, OutputLine)] == [
        Building(),
        BinaryStarted("basket::api", number=1, of=1, tests=1),
        TestStarted("basket::api upload"),
        TestEnded("basket::api upload", None, ended.seconds, profiles=1),
    ]


def test_a_daemon_that_holds_the_output_does_not_hold_the_run(shop: Shop) -> None:
    measured = shop.measure("cargo", "test", "-p", "basket", "--lib", FEATURE, "leaves_a_daemon")

    (ended,) = [event for event in measured.events if isinstance(event, TestEnded)]
    assert ended.seconds < 10


def test_failing_tests_are_named_and_the_others_still_measured(shop: Shop) -> None:
    measured = shop.measure("cargo", "test", "-p", "faults", "-p", "side-by-side", FEATURE)

    assert measured.run.failed == (
        FailedTest("faults tests::aborts", "killed by SIGABRT"),
        FailedTest("faults tests::exits_with_0", "exited before the test ended"),
        FailedTest("faults tests::exits_with_7", "exited with 7"),
        FailedTest("faults tests::fails", "failed"),
        FailedTest("faults tests::returns_an_error", "failed"),
    )
    assert measured.bytes_at_end == {
        "faults tests::works": 100,
        "faults::own_harness": 1224,  # 200 and standard output's buffer
        "side-by-side tests::a_first": 10,
        "side-by-side tests::b_meets_c": 20,
        "side-by-side tests::c_meets_b": 30,
        "side-by-side tests::d_goes_its_own_way": 40,
        "side-by-side tests::e_last": 50,
    }
    assert measured.run.unaccounted is None
    assert shop.new_files() == []
    faults = measured.output[measured.output.index("\nrunning 7 tests") :]
    assert re.sub(r"\(\d+\) panicked", "(_) panicked", faults[: faults.index("\nerror: ")]) == FAULTS


FAULTS = """
running 7 tests
test tests::never_ends ... ignored, never ends
test tests::aborts ... FAILED (killed by SIGABRT)
test tests::exits_with_0 ... FAILED (exited before the test ended)
test tests::exits_with_7 ... FAILED (exited with 7)
test tests::fails ... FAILED
test tests::returns_an_error ... FAILED
test tests::works ... ok

failures:

---- tests::exits_with_0 stdout ----
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in _s

---- tests::fails stdout ----
to stdout
to stderr

thread 'tests::fails' (_) panicked at crates/faults/src/lib.rs:32:9:
assertion `left == right` failed
  left: 2
 right: 3
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
dhat: Total:     193 bytes in 6 blocks
dhat: At t-gmax: 144 bytes in 3 blocks
dhat: At t-end:  144 bytes in 3 blocks
dhat: The data has been saved to dhat-heap.json, and is viewable with dhat/dh_view.html

---- tests::returns_an_error stdout ----
Error: "no"


failures:
    tests::aborts
    tests::exits_with_0
    tests::exits_with_7
    tests::fails
    tests::returns_an_error

test result: FAILED. 1 passed; 5 failed; 1 ignored; 0 measured; 0 filtered out; finished in _s
"""


@pytest.mark.parametrize(
    ("arguments", "tests", "counts"),
    [
        (
            ("leaks",),
            {"leaks_a_thousand", "leaks_more"},
            "2 passed; 0 failed; 0 ignored; 0 measured; 12 filtered out",
        ),
        (
            ("leaks", "--", "--skip", "more"),
            {"leaks_a_thousand"},
            "1 passed; 0 failed; 0 ignored; 0 measured; 13 fil",
        ),
        (
            ("--", "--exact", "tests::leaks_more"),
            {"leaks_more"},
            "1 passed; 0 failed; 0 ignored; 0 measured; 13 fil",
        ),
        (("--", "--ignored"), {"slow"}, "1 passed; 0 failed; 0 ignored; 0 measured; 13 filtered out"),
        (
            ("slow", "--", "--include-ignored"),
            {"slow"},
            "1 passed; 0 failed; 0 ignored; 0 measured; 13 filtered out",
        ),
    ],
)
def test_filters_choose_what_is_measured(
    shop: Shop, arguments: tuple[str, ...], tests: set[str], counts: str
) -> None:
    measured = shop.measure("cargo", "test", "-p", "basket", "--lib", FEATURE, *arguments)

    assert set(measured.bytes_at_end) == {f"basket tests::{test}" for test in tests}
    assert counts in measured.output


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("-q",), "\nrunning 1 test\n.\n\ntest result: ok. 1 passed"),
        (("--", "--format=terse"), "\nrunning 1 test\n.\n\ntest result: ok. 1 passed"),
        (("--", "--nocapture"), "test looks_like_libtest ... FAILED\n"),
        (
            ("--", "--show-output"),
            "\nsuccesses:\n\n---- tests::looks_like_libtest stdout ----\n\nrunning 1 test\n",
        ),
    ],
)
def test_libtest_s_ways_to_print_are_honoured(shop: Shop, arguments: tuple[str, ...], shown: str) -> None:
    command = ("cargo", "test", "-p", "basket", "--lib", FEATURE, "looks_like")

    measured = shop.measure(*command, *arguments)

    assert shown in measured.output
    assert set(measured.bytes_at_end) == {"basket tests::looks_like_libtest"}


def test_several_tests_run_at_a_time_where_their_files_cannot_collide(shop: Shop, tmp_path: Path) -> None:
    command = ("cargo", "test", "-p", "side-by-side", FEATURE)

    # b and c wait for each other: one at a time, they would fail.
    measured = shop.measure(*command, jobs=2, env={"SHOP_MEETING": str(tmp_path)})

    assert measured.run.failed == ()
    assert measured.bytes_at_end == {
        "side-by-side tests::a_first": 10,
        "side-by-side tests::b_meets_c": 20,
        "side-by-side tests::c_meets_b": 30,
        "side-by-side tests::d_goes_its_own_way": 40,
        "side-by-side tests::e_last": 50,
    }
    assert shop.new_files() == []


def test_with_one_file_name_for_all_tests_jobs_has_no_effect_and_it_is_said(shop: Shop) -> None:
    measured = shop.measure("cargo", "test", "-p", "basket", "--lib", FEATURE, "leaks", jobs=4)

    assert measured.bytes_at_end == {"basket tests::leaks_a_thousand": 1000, "basket tests::leaks_more": 2000}
    (note,) = measured.run.notes
    assert note == (
        "basket runs one test at a time, because its tests save to one name; "
        "save to $LEAKGATE_PROFILE where it is set, and 4 run at a time"
    )


def test_a_program_that_holds_the_profiler_in_main(shop: Shop) -> None:
    measured = shop.measure("cargo", "run", "-p", "basket", FEATURE, "0", "--flag", "two words")

    assert 'served with ["0", "--flag", "two words"]' in measured.output
    assert measured.bytes_at_end == {"basket::bin/serve": 6024}
    assert (measured.run.failed, measured.run.unaccounted) == ((), None)
    assert shop.new_files() == []


def test_a_program_that_exits_with_an_error_has_failed(shop: Shop) -> None:
    measured = shop.measure("cargo", "run", "-p", "basket", FEATURE, "--", "3")

    assert measured.run.failed == (FailedTest("basket::bin/serve", "exited with 3"),)
    assert measured.run.profiles == ()


def test_release_builds_differ_in_their_fingerprint(shop: Shop) -> None:
    command = ("-p", "basket", "--test", "api", "--features", "basket/dhat-heap")
    debug = shop.measure("cargo", "test", *command).run.fingerprint
    release = shop.measure("cargo", "t", "--release", *command)

    assert release.bytes_at_end == {"basket::api upload": 10}
    assert {name for name in debug if debug[name] != release.run.fingerprint[name]} == {"cargo-profile"}
    host = re.search(r"host: (.*)", subprocess.check_output(["rustc", "-vV"], text=True, cwd=shop.directory))
    assert host is not None
    assert re.fullmatch(r"\d+\.\d+\.\d+\S* \([0-9a-f]{9}\)", debug["rustc"])
    assert debug == {
        "profiler": "dhat-rs",
        "profiler-version": "0.3.3",
        "rustc": debug["rustc"],
        "target": host[1],
        "cargo-profile": "test",
        "features": "basket/dhat-heap,default",
        "allocator": "dhat",
        "rounds": "1",
    }


def test_the_workspace_tells_the_users_crates_and_files(shop: Shop) -> None:
    # From a member's directory; paths are relative to the repository all the same.
    measured = shop.measure("cargo", "test", "--test", "api", FEATURE, cwd="crates/basket")

    assert measured.run.workspace.crates == {
        "basket": PurePosixPath("crates/basket"),
        "serve": PurePosixPath("crates/basket"),
        "api": PurePosixPath("crates/basket"),
        "faults": PurePosixPath("crates/faults"),
        "own_harness": PurePosixPath("crates/faults"),
        "broken": PurePosixPath("crates/faults"),
        "side_by_side": PurePosixPath("crates/side-by-side"),
    }
    assert measured.run.workspace.files == (
        "crates/basket/src/bin/serve.rs",
        "crates/basket/src/lib.rs",
        "crates/basket/tests/api.rs",
        "crates/faults/src/lib.rs",
        "crates/faults/tests/broken.rs",
        "crates/faults/tests/own_harness.rs",
        "crates/side-by-side/src/lib.rs",
    )


def test_paths_with_spaces_and_the_users_own_target_runner(built: Shop, tmp_path: Path) -> None:
    directory = copy_shop(tmp_path / "my projects" / "the shop")
    runs = tmp_path / "all runs"
    runs.mkdir()
    shop = Shop(directory, directory / "target", runs)
    # The packages this needs are compiled already, elsewhere; only `basket` is new here.
    shop.target = built.target
    log = tmp_path / "runner.log"
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f'#!/bin/sh\necho "$2" >>"{log}"\nshift\nexec "$@"\n')
    wrapper.chmod(0o755)
    triple = re.search(r"host: (.*)", subprocess.check_output(["rustc", "-vV"], text=True, cwd=directory))
    assert triple is not None
    variable = f"CARGO_TARGET_{triple[1].upper().replace('-', '_')}_RUNNER"

    measured = shop.measure("cargo", "test", "--test=api", FEATURE, env={variable: f"{wrapper} --word"})

    assert measured.bytes_at_end == {"basket::api upload": 10}
    assert "/deps/api-" in log.read_text()
    assert shop.new_files() == []


NOTHING_MEASURED: dict[str, tuple[tuple[str, ...], type[LeakgateError], str]] = {
    "does not compile": (
        ("-p", "faults", "--test", "broken", "--features=dhat-heap,broken"),
        MeasurementError,
        """\
cargo test -p faults --test broken --features=dhat-heap,broken: cargo could not build the tests
  help: see its messages above""",
    ),
    "no test matches": (
        ("-p", "basket", FEATURE, "nosuch"),
        MeasurementError,
        """\
cargo test -p basket --features=dhat-heap nosuch: no test matched `nosuch`
  help: there are 15 tests: `cargo test -- --list`""",
    ),
    "only ignored tests match": (
        ("-p", "basket", FEATURE, "slow"),
        MeasurementError,
        """\
cargo test -p basket --features=dhat-heap slow: no test ran: all 1 that were chosen have `#[ignore]`
  help: add `-- --include-ignored`""",
    ),
    "an argument that one test cannot take": (
        ("-p", "basket", FEATURE, "--", "--list"),
        MeasurementError,
        """\
cargo test -p basket --features=dhat-heap -- --list: nothing was measured: `--list` cannot be asked of single tests
  help: leave out `--list`""",
    ),
    "the feature is off": (
        ("-p", "basket"),
        UsageError,
        """\
dhat is not part of this build: its feature is off
  help: add `--features basket/dhat-heap` or `--features faults/dhat-heap` or `--features side-by-side/dhat-heap` \
to the command""",
    ),
}


@pytest.mark.parametrize("case", NOTHING_MEASURED)
def test_where_nothing_is_measured_it_says_why(shop: Shop, case: str) -> None:
    arguments, error, message = NOTHING_MEASURED[case]

    with pytest.raises(error) as caught:
        shop.measure("cargo", "test", *arguments)

    assert str(caught.value) == message
    assert shop.new_files() == []


def test_a_compile_error_is_shown_as_cargo_shows_it(shop: Shop) -> None:
    with pytest.raises(MeasurementError):
        shop.measure("cargo", "test", "-p", "faults", "--test", "broken", "--features=dhat-heap,broken")

    shown = [event.text for event in shop.events if isinstance(event, OutputLine)]
    assert "error[E0308]: mismatched types" in shown
    assert " --> crates/faults/tests/broken.rs:3:23" in shown


def test_a_project_without_dhat_is_told_how_to_add_it(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("#[test]\nfn t() {}\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "plain"\nedition = "2021"\n')

    with pytest.raises(UsageError) as caught:
        shop.measure("cargo", "test", cwd=str(tmp_path))

    assert str(caught.value) == (
        f"{tmp_path}/Cargo.toml: dhat is not among the project's dependencies, so nothing writes a profile\n"
        "  help: add it behind a feature, in four lines: https://docs.rs/dhat/latest/dhat/#configuration-cargotoml"
    )


PROFILE_FOREVER = """
import os, sys
from pathlib import Path
from leakgate.profilers.suite import SuiteRequest
from leakgate.profilers.table import PROFILERS
command = ("cargo", "test", "-p", "faults", "--lib", "--features=dhat-heap", "never_ends", "--", "--ignored")
request = SuiteRequest(command, Path(sys.argv[1]), dict(os.environ), Path(sys.argv[2]))
try:
    PROFILERS["dhat-rs"](request, lambda event: None)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_an_end_from_outside_ends_every_child_and_leaves_no_file(
    shop: Shop, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    pid_file, run_dir = tmp_path / "pid", tmp_path / "run"
    run_dir.mkdir()
    os.mkfifo(pid_file)  # opening it to read waits until the test has begun
    argv = [sys.executable, "-c", PROFILE_FOREVER, str(shop.directory), str(run_dir)]
    with subprocess.Popen(argv, env=shop.environment(SHOP_PID_FILE=str(pid_file))) as parent:
        test = int(pid_file.read_text())
        runner = int(Path(f"/proc/{test}/stat").read_text().rpartition(")")[2].split()[1])
        cargo = os.getpgid(test)
        watched = [os.pidfd_open(pid) for pid in (test, runner, cargo)]
        assert shop.new_files() == ["crates/faults/dhat-half.json"]
        parent.send_signal(number)
        assert parent.wait(timeout=20) == code
    for handle in watched:
        assert select.select([handle], [], [], 20)[0], "it lives on"
        os.close(handle)
    assert shop.new_files() == []
