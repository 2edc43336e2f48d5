"""The main job as it is told in check.py, with a suite that wrote real DHAT files."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import jsonschema
import pytest

from factories import FINGERPRINT, dhat, snapshot
from leakgate import schemas
from leakgate.baselines.model import Base, Missing
from leakgate.check import check, check_parts, compare_files, exit_code, find_base, profile
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.result import MetricSpread, Result, Side, Verdict
from leakgate.config import DEFAULT, Baseline, Config, NoBaseline, StopSignal
from leakgate.config.values import LimitChange, with_changes
from leakgate.dhat.frames import Workspace
from leakgate.dhat.profile import Metric, Mode
from leakgate.edges import Edges
from leakgate.errors import InputError, MeasurementError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.git.command import Done
from leakgate.keep import save
from leakgate.output import OutputDirectory
from leakgate.prepared import Prepared
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.suite import FailedTest, Load, Progress, SuiteRequest, SuiteRun, TestProfile
from leakgate.shards import ShardName, read_parts
from leakgate.snapshot.stored import dump, parse
from leakgate.statistic import Statistic

OLD, NEW = "a" * 40, "b" * 40
PUT = ("alloc::vec::Vec<T,A>::push (src/vec/mod.rs:2580:22)", "s3::store::put (s3/src/store.rs:20:14)")
EMPTY = dhat()


def live(size: int) -> bytes:
    """A profile of a test that leaves `size` bytes behind."""
    return dhat((PUT, {"tb": size}))


class World:
    """A project in a directory of its own, whose suite is a function."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd
        self.requests: list[SuiteRequest] = []
        self.tests: Mapping[str, bytes] = {"s3 put": live(1000), "s3 list": live(10)}
        self.run = SuiteRun((), (), (), 0, None, FINGERPRINT, Workspace({}, ()))
        self.output = OutputDirectory(cwd / "out")
        self.notes: list[str] = []
        self.later: Mapping[str, bytes] = {}
        self.runs: Mapping[str, Sequence[bytes]] = {}
        self.files = ("s3/src/store.rs",)

    def suite(self, request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
        del progress, start  # a profiler's, and not needed to make files
        self.requests.append(request)
        written: list[TestProfile] = []
        tests = {**self.tests, **self.later} if len(self.requests) > 1 else self.tests
        runs = [(test, data) for test in tests for data in self.runs.get(test, [tests[test]])]
        for number, (test, data) in enumerate(runs):
            (request.run_dir / f"{number}.json").write_bytes(data)
            written.append(TestProfile(test, request.run_dir / f"{number}.json"))
        return replace(self.run, profiles=tuple(written))

    def git(
        self, args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = MappingProxyType({})
    ) -> Done:
        del stdin, env
        if args[0] == "ls-tree":
            return Done(0, b"".join(file.encode() + b"\0" for file in self.files), "")
        answer = {"rev-parse": NEW, "rev-list": "3" if f"{OLD}..{NEW}" in args else None}.get(args[0])
        return Done(0, answer.encode(), "") if answer else Done(128, b"", "fatal: no")

    @property
    def edges(self) -> Edges:
        return Edges(
            cwd=self.cwd,
            root=self.cwd,
            env={"PATH": "/bin"},
            git=Checkout(self.git),
            profilers={"auto": self.suite, "other": self.suite},
            progress=lambda _event: None,
            note=self.notes.append,
            now=datetime(2026, 5, 1, tzinfo=UTC),
        )

    def check(self, config: Config = DEFAULT, base: str | None = None) -> Result:
        found = find_base(config, None if base is None else Path(base), None, self.output, self.edges)
        return check(config, found, self.output, self.edges)

    def baseline(self, *lines: str, fingerprint: Mapping[str, str] = FINGERPRINT) -> None:
        stored = snapshot(*lines, commit=OLD, fingerprint=fingerprint)
        (self.cwd / ".leakgate").mkdir()
        (self.cwd / ".leakgate/baseline.json").write_bytes(dump(stored))

    def left(self) -> list[str]:
        """What is in the output directory, but for marks."""
        found = (path.relative_to(self.output.path) for path in self.output.path.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if path.name != ".leakgate-profiles")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


LEFT = ["comment.md", "profiles/s3 list.json", "profiles/s3 put.json", "result.json", "snapshot.json"]


def test_growth_fails_and_everything_is_left_to_look_at(world: World) -> None:
    world.baseline("s3 put: gmax=100 end=100", "s3 list: gmax=10 end=10")

    result = world.check()

    assert (result.verdict, exit_code(result, DEFAULT)) == (Verdict.FAIL, 1)
    assert [(test.name, str(test.status)) for test in result.tests] == [("s3 put", "fail"), ("s3 list", "pass")]
    site = result.tests[0].sites[0]
    assert (site.function, site.file, site.line) == ("s3::store::put", "s3/src/store.rs", 20)
    assert result.base == Side(
        commit=OLD, source=".leakgate/baseline.json", store="file", distance=3, fingerprint=FINGERPRINT
    )
    assert result.head == Side(commit=NEW, fingerprint=FINGERPRINT)
    assert result.command == "cargo test"
    assert world.left() == LEFT
    written = json.loads(world.output.result.read_text())
    jsonschema.validate(written, schemas.load("result"))
    assert written["verdict"] == "fail"
    assert parse(world.output.snapshot.read_bytes(), "s").commit == NEW
    assert "s3::store::put" in world.output.comment.read_text()
    assert (world.output.profiles / "s3 put.json").read_bytes() == world.tests["s3 put"]


def test_files_that_the_commit_does_not_have_are_told_for_the_links(world: World) -> None:
    world.baseline("s3 put: gmax=100 end=100", "s3 list: gmax=10 end=10")
    world.files = ("Cargo.toml",)

    result = world.check()

    assert result.head.absent == ("s3/src/store.rs",)
    assert json.loads(world.output.result.read_text())["head"]["absent"] == ["s3/src/store.rs"]


def test_the_same_again_passes(world: World) -> None:
    world.baseline("s3 put: gmax=1000 end=1000", "s3 list: gmax=10 end=10")

    result = world.check()

    assert (result.verdict, exit_code(result, DEFAULT), world.left()) == (Verdict.PASS, 0, LEFT)


def test_what_crossed_a_limit_is_measured_again_alone_with_everything_built(world: World) -> None:
    world.baseline("s3 put: gmax=100 end=100", "s3 list: gmax=10 end=10")
    config = replace(DEFAULT, command=("cargo", "test", "--release"), jobs=3, time_limit=90)

    result = world.check(config)

    first, *again = world.requests
    assert [each.only for each in world.requests] == [(), ("s3 put",), ("s3 put",)]
    assert [replace(each, only=(), run_dir=first.run_dir) for each in again] == [first, first]
    assert first.time_limit == 90
    assert [str(test.status) for test in result.tests] == ["fail", "pass"]
    assert result.tests[0].metrics[Metric.T_END_BYTES].spread == MetricSpread(
        runs=3, lowest=1000, highest=1000, crossed=3
    )
    assert world.left() == LEFT


def test_what_a_further_run_does_not_confirm_passes_with_a_warning(world: World) -> None:
    world.baseline("s3 put: gmax=100 end=100", "s3 list: gmax=10 end=10")
    world.later = {"s3 put": live(110)}

    result = world.check()

    assert (result.verdict, exit_code(result, DEFAULT), len(world.requests)) == (Verdict.PASS, 0, 2)
    assert [(test.name, str(test.status)) for test in result.tests] == [("s3 put", "warn"), ("s3 list", "pass")]
    assert "1000 B" in world.output.comment.read_text().replace("\u00a0", " ")
    [put] = [test for test in parse(world.output.snapshot.read_bytes(), "s").tests if test.test == "s3 put"]
    assert put.metrics[Metric.T_END_BYTES] == 110
    assert (world.output.profiles / "s3 put.json").read_bytes() == live(1000)


def test_the_statistic_of_repeated_runs_is_judged(world: World) -> None:
    world.baseline(
        "s3 put: gmax=1000 end=1000",
        "s3 list: gmax=10 end=10",
        fingerprint=FINGERPRINT | {"runs": "max of 3 runs"},
    )
    world.runs = {"s3 put": [live(1000), live(5000), live(900)]}
    config = replace(DEFAULT, repeat=3, statistic=Statistic.MAX, confirm=0)

    result = world.check(config)

    row = result.tests[0].metrics[Metric.T_END_BYTES]
    assert (world.requests[0].repeat, result.verdict, row.head) == (3, Verdict.FAIL, 5000)
    assert row.spread == MetricSpread(runs=3, lowest=900, highest=5000)
    assert world.check(replace(config, statistic=Statistic.MEDIAN)).verdict == Verdict.INCOMPARABLE
    world.runs = {}
    assert world.check(replace(config, repeat=1, statistic=Statistic.LAST)).verdict == Verdict.INCOMPARABLE


def test_a_test_that_ran_fewer_times_than_asked_is_named(world: World) -> None:
    world.runs = {"s3 put": [live(10), live(20)]}

    result = world.check(replace(DEFAULT, repeat=20, statistic=Statistic.P99))

    assert result.notes == ("Measured fewer than 20 times: `s3 list` (1), `s3 put` (2).",)


def in_parts(world: World, *shards: Mapping[str, bytes], config: Config = DEFAULT) -> Result:
    """The tests measured in so many jobs, each with its own, and judged by one more."""
    for number, tests in enumerate(shards, start=1):
        world.tests = tests
        profile(config, Path(f"parts/{number}.json"), None, world.edges, ShardName(number, len(shards)))
    world.requests.clear()
    found = find_base(config, None, None, world.output, world.edges)
    parts = read_parts([world.cwd / "parts"])
    return check_parts(parts, config, found, world.output, world.edges)


def test_a_suite_in_several_jobs_is_told_like_one_in_a_single_job(world: World) -> None:
    world.baseline("s3 put: gmax=100 end=100", "s3 list: gmax=10 end=10")
    whole = world.check(replace(DEFAULT, confirm=0))  # which a job that measures nothing cannot do
    snapshot_of_whole = world.output.snapshot.read_bytes()
    comment = world.output.comment.read_bytes()
    shutil.rmtree(world.output.path)

    joined = in_parts(world, {"s3 put": live(1000)}, {"s3 list": live(10)})

    assert joined == whole
    assert joined.tests[0].sites[0].stack  # a stored snapshot has none
    assert world.output.snapshot.read_bytes() == snapshot_of_whole
    assert world.output.comment.read_bytes() == comment
    assert (world.left(), world.requests) == (["comment.md", "result.json", "snapshot.json"], [])
    saved = save(Path("out/snapshot.json"), DEFAULT, world.edges)
    assert saved.tests == 2


def test_what_spoils_a_shard_spoils_the_suite(world: World) -> None:
    failing_tests(world)

    result = in_parts(world, {"s3 put": live(1000)})

    assert (result.verdict, exit_code(result, DEFAULT)) == (Verdict.ERROR, 3)
    assert result.problems == ("Shard 1 of 1: 1 test failed.",)
    assert [(test.name, test.reason) for test in result.failed] == [("s3 get", "killed by SIGSEGV")]


def test_a_shard_that_measured_nothing_spoils_the_suite(world: World) -> None:
    result = in_parts(world, {"s3 put": live(1000)}, {})

    assert result.verdict == Verdict.ERROR
    assert result.problems == ("Shard 2 of 2: No test ran, so nothing was measured.",)


def test_parts_are_of_the_commit_that_is_checked_out(world: World) -> None:
    (world.cwd / "part.json").write_bytes(dump(snapshot("s3 put: gmax=1 end=1", commit=OLD)))

    result = check_parts(read_parts([world.cwd / "part.json"]), DEFAULT, Prepared(), world.output, world.edges)

    assert result.verdict == Verdict.ERROR
    [problem] = result.problems
    assert problem.endswith("part.json` measured the commit aaaaaaaaaaaa, and bbbbbbbbbbbb is checked out here.")


def test_without_a_baseline_the_run_is_kept_to_become_one(world: World) -> None:
    result = world.check()

    assert (result.verdict, exit_code(result, DEFAULT), world.left()) == (Verdict.NO_BASELINE, 0, LEFT)
    saved = save(Path("out/snapshot.json"), DEFAULT, world.edges)
    assert (saved.where, saved.tests) == (".leakgate/baseline.json", 2)
    assert world.check().verdict == Verdict.PASS


def test_another_compiler_makes_the_baseline_incomparable(world: World) -> None:
    world.baseline("s3 put: gmax=1 end=1", fingerprint=FINGERPRINT | {"rustc": "1.80.0"})

    result = world.check()

    assert (result.verdict, exit_code(result, DEFAULT), world.left()) == (Verdict.INCOMPARABLE, 0, LEFT)


def failing_tests(world: World) -> None:
    world.run = replace(world.run, failed=(FailedTest("s3 get", "killed by SIGSEGV"),))


def a_strange_exit(world: World) -> None:
    world.run = replace(world.run, unaccounted="cargo exited with 101, though no test failed.")


def nothing_at_all(world: World) -> None:
    world.tests = {}


def a_strange_exit_before_any_test(world: World) -> None:
    nothing_at_all(world)
    a_strange_exit(world)


def no_profile(world: World) -> None:
    world.tests = {}
    world.run = replace(world.run, unmeasured=("s3 a", "s3 b"))


def empty_profiles(world: World) -> None:
    world.tests = {"s3 put": EMPTY, "s3 list": EMPTY}


def too_few(world: World) -> None:
    world.tests = {"s3 put": live(1000)}
    world.baseline(*(f"s3 {name}: gmax=1000 end=1000" for name in ("put", "list", "get")))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (failing_tests, "1 test failed."),
        (a_strange_exit, "cargo exited with 101, though no test failed."),
        (a_strange_exit_before_any_test, "cargo exited with 101, though no test failed."),
        (nothing_at_all, "No test ran, so nothing was measured."),
        (
            no_profile,
            (
                "2 tests ran, and none wrote a heap profile. Each test needs a live `dhat::Profiler`, not one in "
                "`testing()` mode, which writes none; is the feature that turns dhat on in the command?"
            ),
        ),
        (
            empty_profiles,
            (
                "The profiles hold no program point at all. Is `dhat::Alloc` the `#[global_allocator]` in every "
                "test binary?"
            ),
        ),
        (
            too_few,
            (
                "2 of the 3 tests in the baseline were not measured, more than the 50% that `max-missing` allows. "
                "If the command chooses tests, leave that out; if they were removed on purpose, save a new "
                "baseline."
            ),
        ),
    ],
)
def test_what_is_measured_too_thinly_is_no_pass(world: World, make: Callable[[World], None], problem: str) -> None:
    make(world)

    result = world.check()

    assert (result.verdict, exit_code(result, DEFAULT)) == (Verdict.ERROR, 3)
    assert result.problems == (problem,)
    assert {"result.json", "snapshot.json", "comment.md"} <= set(world.left())


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        (
            Mode.HEAP,
            "Valgrind saw no allocation at all. It replaces `malloc` in programs that are linked dynamically.",
        ),
        (Mode.COPY, "Valgrind saw no memory copied."),
        (
            Mode.AD_HOC,
            "No event was announced. The program does that with `DHAT_AD_HOC_EVENT` of `valgrind/dhat.h`.",
        ),
    ],
)
def test_profiles_of_valgrind_without_any_count_are_no_pass(world: World, mode: Mode, problem: str) -> None:
    world.tests = {"s3 put": dhat(mode=mode), "s3 list": dhat(mode=mode)}
    world.run = replace(world.run, fingerprint={"profiler": "valgrind", "mode": mode.value})
    limited = with_changes(DEFAULT.limits, {Metric.TOTAL_BYTES: LimitChange(ratio=1.5)})

    result = world.check(replace(DEFAULT, limits=limited, valgrind_mode=mode))

    assert (exit_code(result, DEFAULT), result.problems) == (3, (problem,))


def test_a_mode_whose_figures_no_limit_is_on_is_said_before_anything_runs(world: World) -> None:
    with pytest.raises(UsageError, match="nothing would be judged: valgrind's mode `copy` measures totals"):
        world.check(replace(DEFAULT, valgrind_mode=Mode.COPY))

    assert world.requests == []


def test_failed_tests_are_named_and_the_others_still_shown(world: World) -> None:
    failing_tests(world)
    world.baseline("s3 put: gmax=1 end=1", "s3 list: gmax=10 end=10", "s3 get: gmax=1 end=1")

    result = world.check()

    assert [(test.name, test.reason) for test in result.failed] == [("s3 get", "killed by SIGSEGV")]
    assert {test.name: str(test.status) for test in result.tests} == {
        "s3 put": "fail",
        "s3 list": "pass",
    }


def test_one_empty_profile_among_others_is_a_note(world: World) -> None:
    world.tests = {"s3 put": live(5), **{f"s3 t{n:02}": EMPTY for n in range(12)}}

    result = world.check()

    assert result.verdict == Verdict.NO_BASELINE
    assert result.notes == (
        (
            "12 empty profiles: `s3 t00`, `s3 t01`, `s3 t02`, `s3 t03`, `s3 t04`, `s3 t05`, `s3 t06`, "
            "`s3 t07`, `s3 t08`, `s3 t09` and 2 more. Either such a test allocates nothing, or `dhat::Alloc` is "
            "not the `#[global_allocator]` of its test binary."
        ),
    )


def test_under_the_harness_an_empty_profile_is_a_test_that_allocates_nothing(world: World) -> None:
    empty_profiles(world)
    world.run = replace(world.run, fingerprint={"profiler": "harness"})

    result = world.check()

    assert (result.verdict, result.problems, result.notes) == (Verdict.NO_BASELINE, (), ())


def test_under_the_harness_tests_that_could_not_be_measured_are_no_pass(world: World) -> None:
    no_profile(world)
    world.run = replace(world.run, fingerprint={"profiler": "harness"}, notes=("`s3` has its own allocator",))

    result = world.check()

    assert (result.verdict, result.problems) == (Verdict.ERROR, ("2 tests ran, and none could be measured.",))
    assert result.notes == ("`s3` has its own allocator",)


def test_the_share_of_tests_that_may_be_missing_is_the_configs(world: World) -> None:
    too_few(world)

    assert world.check(replace(DEFAULT, max_missing=0.7)).verdict == Verdict.PASS


def test_a_damaged_profile_keeps_everything_that_was_measured(world: World) -> None:
    world.tests = {"s3 put": live(5), "s3 list": live(5)[:-9]}

    with pytest.raises(InputError) as caught:
        world.check()

    (raw,) = world.output.path.glob("run-*")
    assert str(caught.value) == (
        f"{raw}/1.json:1:{len(live(5)) - 8}: is cut off: the JSON has not ended after {len(live(5)) - 9} bytes\n"
        "  help: the profiler was interrupted, or the disk was full: profile the program again; "
        f"all profiles of this run are in {raw}"
    )
    assert world.left() == [f"{raw.name}/0.json", f"{raw.name}/1.json"]


def test_a_damaged_baseline_is_told_before_anything_runs(world: World) -> None:
    world.baseline("s3 put: gmax=1 end=1")
    (world.cwd / ".leakgate/baseline.json").write_bytes(b'{"fingerprint": ')

    with pytest.raises(InputError) as caught:
        world.check()

    assert str(caught.value) == (
        ".leakgate/baseline.json:1:17: the baseline cannot be used: damaged snapshot: it is cut off here\n"
        "  help: `git checkout -- .leakgate/baseline.json`, or make it again: `leakgate baseline save`"
    )

    assert (world.requests, world.output.path.exists()) == ([], False)


def test_a_baseline_that_was_asked_for_must_be_there(world: World) -> None:
    for name in ("nowhere.json", "x" * 5000):
        with pytest.raises(UsageError) as caught:
            world.check(base=name)
        assert str(caught.value) == (
            f"{name}: the baseline is not there\n"
            "  help: make it with `leakgate baseline save`, or leave --base out for a first run"
        )
    assert world.requests == []


def test_a_baseline_that_is_a_link_to_nowhere_is_no_missing_baseline(world: World) -> None:
    (world.cwd / ".leakgate").mkdir()
    (world.cwd / ".leakgate/baseline.json").symlink_to("gone.json")

    with pytest.raises(InputError, match="cannot be read: No such file or directory"):
        world.check()


def test_the_baseline_may_be_a_directory_of_profiles(world: World) -> None:
    world.check()
    world.output.profiles.rename(world.cwd / "base")
    world.tests = {"s3 put": live(2000), "s3 list": live(10)}

    result = world.check(replace(DEFAULT, max_missing=0), "base")

    assert result.base == Side(source="base", fingerprint={"dhat": "dhat-rs"})
    assert (result.verdict, result.tests[0].name) == (Verdict.FAIL, "s3 put")


def test_where_the_profiles_would_go_must_be_leakgates(world: World) -> None:
    (world.cwd / "out/profiles").mkdir(parents=True)
    (world.cwd / "out/profiles/mine.txt").write_text("mine")

    with pytest.raises(UsageError, match="something that is not leakgate's"):
        world.check()

    assert (world.requests, world.left()) == ([], ["profiles/mine.txt"])


def test_a_suite_that_does_not_compile_leaves_nothing_half_done(world: World) -> None:
    world.check()

    def broken(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
        del request, progress, start
        raise MeasurementError("the tests do not compile")

    with pytest.raises(MeasurementError):
        check(DEFAULT, Prepared(), world.output, replace(world.edges, profilers={"auto": broken}))

    assert world.left() == LEFT


def test_the_profiler_is_asked_for_what_the_config_says(world: World) -> None:
    config = replace(DEFAULT, command=("cargo", "test", "--release"), jobs=3, profiler="other")

    world.check(config)

    (request,) = world.requests
    assert (request.command, request.cwd, request.env, request.jobs) == (
        ("cargo", "test", "--release"),
        world.cwd,
        {"PATH": "/bin"},
        3,
    )
    assert request.load is None
    assert request.run_dir.parent == world.output.path


def test_the_profiler_is_told_of_the_load_and_how_it_ends_the_program(world: World) -> None:
    world.check(replace(DEFAULT, load=("./load.sh",), stop_signal=StopSignal.INT, stop_grace=5))

    (request,) = world.requests
    assert request.load == Load(("./load.sh",), "INT", 5)


@pytest.mark.parametrize(
    ("verdict", "no_baseline", "code"),
    [
        (Verdict.PASS, NoBaseline.PASS, 0),
        (Verdict.FAIL, NoBaseline.PASS, 1),
        (Verdict.ERROR, NoBaseline.PASS, 3),
        (Verdict.INCOMPARABLE, NoBaseline.PASS, 0),
        (Verdict.INCOMPARABLE, NoBaseline.FAIL, 4),
        (Verdict.NO_BASELINE, NoBaseline.PASS, 0),
        (Verdict.NO_BASELINE, NoBaseline.FAIL, 4),
    ],
)
def test_exit_codes(verdict: Verdict, no_baseline: NoBaseline, code: int) -> None:
    result = Result(verdict=verdict, base=None, head=Side(fingerprint={}), tests=())

    assert exit_code(result, replace(DEFAULT, no_baseline=no_baseline)) == code


def test_profile_writes_a_snapshot_and_the_profiles_where_they_are_wanted(world: World) -> None:
    measured = profile(DEFAULT, Path("deep/s.json"), Path("kept"), world.edges)

    assert [test.test for test in measured.snapshot.tests] == ["s3 list", "s3 put"]
    assert parse((world.cwd / "deep/s.json").read_bytes(), "s").tests[0].test == "s3 list"
    assert sorted(path.name for path in (world.cwd / "kept").glob("*.json")) == ["s3 list.json", "s3 put.json"]
    assert [path.name for path in (world.cwd / "deep").iterdir()] == ["s.json"]


def test_profile_says_what_spoils_a_run_and_still_writes_it(world: World) -> None:
    failing_tests(world)

    measured = profile(DEFAULT, Path("s.json"), None, world.edges)

    assert measured.problems == ("1 test failed.",)
    assert (world.cwd / "s.json").exists()


def test_a_snapshot_that_would_be_a_directory_is_told_before_anything_runs(world: World) -> None:
    (world.cwd / "out").mkdir()

    with pytest.raises(UsageError) as caught:
        profile(DEFAULT, Path("out"), None, world.edges)

    assert str(caught.value) == "out: is a directory\n  help: name the snapshot's file with --output"
    assert world.requests == []


def test_a_stored_run_with_failed_tests_compares_to_no_pass(world: World) -> None:
    failing_tests(world)
    profile(DEFAULT, Path("head.json"), None, world.edges)
    result = compare_files(world.cwd / "head.json", world.cwd / "head.json", DEFAULT)
    assert (result.verdict, result.problems) == (Verdict.ERROR, ("1 test failed.",))


def test_find_base_prefers_what_was_asked_for(world: World) -> None:
    world.baseline("s3 put: gmax=1 end=1")
    (world.cwd / "mine.json").write_bytes(dump(snapshot("s3 put: gmax=2 end=2")))

    def found(asked: str | None, config: Config = DEFAULT) -> Base | Missing:
        return find_base(config, Path(asked) if asked else None, None, world.output, world.edges).found

    def source(found: Base | Missing) -> str | None:
        return found.side.source if isinstance(found, Base) else None

    assert source(found(None)) == ".leakgate/baseline.json"
    mine = found("mine.json")
    assert isinstance(mine, Base)
    assert (mine.snapshot, mine.side.source) == (snapshot("s3 put: gmax=2 end=2"), "mine.json")
    assert source(found(None, replace(DEFAULT, baseline=Baseline(path="mine.json")))) == "mine.json"
    none = found(None, replace(DEFAULT, baseline=Baseline(path="none.json")))
    assert isinstance(none, Missing)
    assert none.reason == (
        "There is no baseline in none.json yet. Make it with `leakgate profile` and `leakgate baseline save`, "
        "and commit it."
    )


def test_what_an_earlier_step_has_found_is_not_looked_for_again(world: World) -> None:
    world.baseline("s3 put: gmax=1 end=1")
    (world.cwd / ".leakgate/baseline.json").write_bytes(b"damaged, and not read")
    base = Base(snapshot("s3 put: gmax=10 end=10", "s3 list: gmax=10 end=10"), Side(fingerprint=FINGERPRINT))
    label = LabelAcceptance("leakgate: accept", "ada")
    known = Prepared(base=base, accepted_by=label, notes=("GitHub did not answer.",))

    found = find_base(DEFAULT, None, known, world.output, world.edges)
    result = check(DEFAULT, found, world.output, world.edges)

    assert found == known
    assert (result.verdict, result.notes) == (Verdict.PASS, ("GitHub did not answer.",))
    assert {(growth.test, growth.label, growth.by) for growth in result.accepted} == {
        ("s3 put", "leakgate: accept", "ada")
    }


def test_what_an_earlier_step_could_not_find_is_not_looked_for_again(world: World) -> None:
    world.baseline("s3 put: gmax=1 end=1")
    known = Prepared(missing="There is no baseline, as looking for one has failed.")
    found = find_base(DEFAULT, None, known, world.output, world.edges)
    result = check(DEFAULT, found, world.output, world.edges)
    assert (result.verdict, result.base_missing) == (Verdict.NO_BASELINE, known.missing)


def test_a_baseline_that_was_named_goes_before_what_an_earlier_step_has_found(world: World) -> None:
    (world.cwd / "mine.json").write_bytes(dump(snapshot("s3 put: gmax=2 end=2")))
    known = Prepared(missing="There is none.", notes=("GitHub did not answer.",))
    found = find_base(DEFAULT, Path("mine.json"), known, world.output, world.edges)
    assert found.base is not None
    assert (found.base.side.source, found.missing, found.notes) == ("mine.json", None, ("GitHub did not answer.",))


def test_compare_files_judges_like_check(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_bytes(live(100))
    (tmp_path / "head.json").write_bytes(live(1000))

    result = compare_files(tmp_path / "base.json", tmp_path / "head.json", DEFAULT)

    assert (result.verdict, result.command, [test.name for test in result.tests]) == (
        Verdict.FAIL,
        None,
        ["profile"],
    )


def test_the_profiler_is_told_what_peak_each_tests_limit_allows(world: World) -> None:
    world.baseline("s3 put: gmax=10000 end=0", "s3 list: gmax=10 end=0", "s3 odd: end=0")

    world.check()

    assert world.requests[0].ceilings == {"s3 put": 15000, "s3 list": 4106}
