"""The injected harness with real cargo: projects that know nothing of leakgate, and those that make it hard."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest

from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers.suite import FailedTest, OutputLine, ProgressEvent, SuiteRequest, SuiteRun
from leakgate.profilers.table import PROFILERS

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]

GUILTY = {
    "unfinished-task": (
        "s3_server::replica::Replica::replicate_in_background",
        "src/replica.rs",
        "tokio::spawn(",
        "unfinished-task",
    ),
    "reference-cycle": ("s3_server::session::Session::watch", "src/session.rs", "Arc::new(", "reference-cycle"),
    "growing-buffer": (
        "s3_server::access_log::AccessLog::record",
        "src/access_log.rs",
        "write",
        "growing-collection",
    ),
}
"""Fault → the function, its file, what stands near the allocating line, the cause. See the example's README."""


def environment(cache: Path, **variables: str) -> dict[str, str]:
    """This process' environment, without what would steer cargo or git, and with a cache of the tests' own."""
    ours = ("CARGO_", "RUST", "GIT_", "GITHUB_", "LEAKGATE_", "S3_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    rustup = {name: value for name, value in os.environ.items() if name.startswith("RUSTUP_")}
    return {**kept, **rustup, "XDG_CACHE_HOME": str(cache), "CARGO_INCREMENTAL": "0", **variables}


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def cache(pytestconfig: pytest.Config) -> Path:
    assert pytestconfig.cache is not None
    return Path(pytestconfig.cache.mkdir("leakgate-cache"))


@dataclass(frozen=True)
class Service:
    """A user's checkout of the example, in git, with a baseline. Not a line in it has been edited."""

    directory: Path
    env: dict[str, str]

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "leakgate", *arguments],
            cwd=self.directory,
            env={**self.env, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def snapshot(self) -> bytes:
        return (self.directory / "target/leakgate/snapshot.json").read_bytes()


@pytest.fixture(scope="module")
def service(pytestconfig: pytest.Config, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    assert pytestconfig.cache is not None
    directory = tmp_path_factory.mktemp("harness") / "store"
    # Not `copy2`: to cargo, a file as old as the original may look older than what an earlier run has built of it.
    without = shutil.ignore_patterns("target")
    shutil.copytree(ROOT / "examples/s3-server", directory, ignore=without, copy_function=shutil.copy)
    (directory / ".gitignore").write_text("/target\n")
    target = pytestconfig.cache.mkdir("harness-target")
    service = Service(directory, environment(cache, CARGO_TARGET_DIR=str(target)))
    git(directory, "init", "--quiet")
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "--message", "The service")

    first = service.run("check")
    assert first.returncode == 0, first.stderr
    assert "no baseline: 12 tests measured, growth was NOT judged" in first.stdout
    service.run("baseline", "save")
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "--message", "Its baseline")
    return service


def test_a_project_that_never_heard_of_it_is_measured_twice_with_equal_figures(service: Service) -> None:
    """All tests but the one whose threads race for which of them allocates first."""
    runs = []
    for _ in range(2):
        done = service.run("check")
        assert done.returncode == 0, done.stdout
        assert done.stdout.splitlines()[-1] == "✔ 12 tests within their memory limits"
        assert "measured by leakgate's harness (profiler `harness`)" in done.stdout
        tests = {test["test"]: test for test in json.loads(service.snapshot())["tests"]}
        assert tests.pop("s3-server server::tests::workers_share_the_store")["metrics"]["t-end-bytes"] == 0
        runs.append(tests)
    assert runs[0] == runs[1]
    assert git(service.directory, "status", "--porcelain") == ""


@pytest.mark.parametrize("fault", GUILTY)
def test_a_fault_fails_the_check_and_its_line_is_named(service: Service, fault: str) -> None:
    function, file, code, cause = GUILTY[fault]

    done = service.run("check", S3_FAULT=fault)

    assert done.returncode == 1, done.stderr
    result = json.loads((service.directory / "target/leakgate/result.json").read_bytes())
    failed = [test for test in result["tests"] if test["status"] == "fail"]
    assert failed
    for test in failed:
        worst = test["sites"][0]
        assert (worst["function"], worst["file"], worst["cause"]) == (function, file, cause), test["name"]
        near = (service.directory / file).read_text().splitlines()[worst["line"] - 2 : worst["line"] + 1]
        assert code in "\n".join(near)


@pytest.mark.ci
def test_the_profiles_open_in_dhats_own_viewer(service: Service) -> None:
    """Valgrind's `dh_view.js`, in node with the least of a browser around it, draws a tree of each."""
    service.run("profile", "--output", "target/s.json", "--keep-profiles", "target/profiles")
    profiles = sorted((service.directory / "target/profiles").rglob("*.json"))
    assert len(profiles) == 12
    viewer = Path(__file__).parent / "dh_view_in_node.js"
    done = subprocess.run(
        ["node", str(viewer), *map(str, profiles)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("PP 1/") > 0
    assert "s3_server::server::Connection" in done.stdout


@dataclass
class Project:
    """A workspace made of texts, and how to profile it."""

    directory: Path
    env: dict[str, str]
    runs: Path
    events: list[ProgressEvent] = field(default_factory=list)

    def member(self, name: str, library: str, manifest: str = "", edition: str = "2021", **files: str) -> None:
        package = f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "{edition}"\n'
        directory = self.directory / name
        (directory / "src").mkdir(parents=True)
        (directory / "Cargo.toml").write_text(package + manifest)
        (directory / "src/lib.rs").write_text(library)
        for path, text in files.items():
            file = directory / f"{path.replace('__', '/')}.rs"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)

    def measure(  # noqa: PLR0913 - what a request may say, by keyword
        self,
        *command: str,
        env: Mapping[str, str] = MappingProxyType({}),
        rounds: str = "auto",
        ceilings: Mapping[str, int] = MappingProxyType({}),
        only: tuple[str, ...] = (),
        repeat: int = 1,
        time_limit: float | None = None,
    ) -> SuiteRun:
        run_dir = self.runs / str(len(list(self.runs.iterdir())))
        run_dir.mkdir()
        self.events.clear()
        words = command or ("cargo", "test", "--workspace")
        request = SuiteRequest(
            words,
            self.directory,
            {**self.env, **env},
            run_dir,
            rounds=rounds,
            ceilings=ceilings,
            only=only,
            repeat=repeat,
            time_limit=time_limit,
        )
        return PROFILERS["harness"](request, self.events.append)

    @property
    def output(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, OutputLine)]


@pytest.fixture
def project(tmp_path: Path, cache: Path) -> Project:
    directory, runs = tmp_path / "project", tmp_path / "runs"
    directory.mkdir()
    runs.mkdir()
    (directory / "Cargo.toml").write_text(
        '[workspace]\nmembers = ["[a-z]*"]\nexclude = ["target"]\nresolver = "2"\n'
    )
    return Project(directory, environment(cache), runs)


def totals(run: SuiteRun) -> dict[str, tuple[int, int]]:
    """Test id → bytes at t-gmax and at t-end."""
    figures = {}
    for profile in run.profiles:
        points = json.loads(profile.path.read_bytes())["pps"]
        figures[profile.test] = sum(point["gb"] for point in points), sum(point["eb"] for point in points)
    return figures


def frees(size: int) -> str:
    return f"#[test] fn t() {{ drop(::std::hint::black_box(vec![0u8; {size}])); }}\n"


def test_crates_that_make_it_hard(project: Project) -> None:
    manifest = project.directory / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '[profile.dev]\npanic = "abort"\n')
    project.member("old", f"extern crate core;\n{frees(100)}", edition="2015")
    project.member("strict", f"#![forbid(unstable_features)]\n#![deny(warnings)]\n{frees(200)}")
    project.member(
        "bare",
        "#![no_std]\n#![deny(unused_crate_dependencies)]\nextern crate alloc;\n#[cfg(test)] extern crate std;\n"
        "#[test] fn t() { drop(::core::hint::black_box(alloc::vec![0u8; 300])); }\n",
    )
    project.member("mac", f"extern crate proc_macro;\n{frees(400)}", "[lib]\nproc-macro = true\n")
    names = "".join(f"pub mod {name} {{}}\n" for name in ("leakgate_harness", "test", "std", "core", "alloc"))
    project.member("names", names + frees(500))
    project.member(
        "ambiguous",
        "#[cfg(test)] mod test { pub fn helper() -> Vec<u8> { vec![0; 600] } }\n#[cfg(test)] use test::helper;\n"
        "#[test] fn t() { drop(std::hint::black_box(helper())); }\n",
    )
    project.member("panics", '#[test] #[should_panic(expected = "on purpose")] fn t() { panic!("on purpose") }\n')

    run = project.measure()

    assert (run.failed, run.unaccounted, run.unmeasured) == ((), None, ())
    figures = totals(run)
    assert figures.pop("panics t")[1] == 0
    assert figures == {
        "ambiguous t": (600, 0),
        "bare t": (300, 0),
        "mac t": (400, 0),
        "names t": (500, 0),
        "old t": (100, 0),
        "strict t": (200, 0),
    }
    assert run.notes == ()


def test_what_cannot_be_measured_is_named_and_the_rest_is_measured(project: Project) -> None:
    allocator = "#[global_allocator] static A: std::alloc::System = std::alloc::System;\n#[test] fn t() {}\n"
    project.member("own", allocator)
    project.member(
        "user",
        "#[cfg(test)] extern crate own;\n#[test] fn t() {}\n",
        '[dev-dependencies]\nown = { path = "../own" }\n',
    )
    project.member(
        "custom",
        frees(100),
        '[[test]]\nname = "special"\nharness = false\n',
        tests__special='fn main() { println!("special ran"); }\n',
    )

    run = project.measure()

    assert totals(run) == {"custom t": (100, 0)}
    assert sorted(run.notes) == [
        "`custom::special` was not measured: it has a test harness of its own (`harness = false`)",
        "`own` was not measured: it has a `#[global_allocator]` of its own",
        "`user` was not measured: the crate `own` has a `#[global_allocator]` of its own",
        "what has an allocator or a test harness of its own can be measured with `--profiler valgrind`",
    ]
    assert "special ran" in project.output

    again = project.measure()
    assert sorted(again.notes) == sorted(run.notes), "also when nothing had to be compiled"

    with pytest.raises(MeasurementError) as caught:
        project.measure("cargo", "test", "-p", "own")
    assert caught.value.what == (
        "nothing can be measured: `own` was not measured: it has a `#[global_allocator]` of its own"
    )


def test_a_number_of_rounds(project: Project) -> None:
    project.member(
        "store",
        "static CACHE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();\n"
        "#[test] fn fills_a_cache() { CACHE.get_or_init(|| vec![1; 5000]); }\n",
    )
    once, thrice = project.measure(rounds="1"), project.measure(rounds="3")
    assert (totals(once), once.fingerprint["rounds"]) == ({"store fills_a_cache": (5000, 5000)}, "1")
    assert (totals(thrice), thrice.fingerprint["rounds"]) == ({"store fills_a_cache": (0, 0)}, "3")


def test_a_peak_above_its_limit_gets_a_second_look(project: Project) -> None:
    """What is built up once and freed again leaves nothing behind, and would cross the limit for no reason."""
    project.member(
        "store",
        "static WARM: std::sync::Once = std::sync::Once::new();\n"
        "#[test] fn warms_up() { WARM.call_once(|| drop(std::hint::black_box(vec![1u8; 5000]))); }\n",
    )
    within = project.measure(ceilings={"store warms_up": 5000, "store another": 1})
    above = project.measure(ceilings={"store warms_up": 4999})
    assert (totals(within), totals(above)) == ({"store warms_up": (5000, 0)}, {"store warms_up": (0, 0)})


def test_leaks_and_what_is_filled_once(project: Project) -> None:
    project.member(
        "store",
        "use std::sync::OnceLock;\n"
        "static CACHE: OnceLock<Vec<u8>> = OnceLock::new();\n"
        "#[test] fn fills_a_cache() { CACHE.get_or_init(|| vec![1; 5000]); }\n"
        "#[test] fn leaks() { std::mem::forget(std::hint::black_box(vec![1u8; 777])); }\n"
        "#[test] fn is_empty() {}\n"
        "static ONCE: OnceLock<Vec<u8>> = OnceLock::new();\n"
        "#[test] fn panics_later() { assert!(ONCE.set(vec![1]).is_ok()) }\n",
    )
    run = project.measure()
    assert totals(run) == {
        "store fills_a_cache": (0, 0),
        "store is_empty": (0, 0),
        "store leaks": (777, 777),
        "store panics_later": (1, 1),
    }
    assert run.notes == (
        "`store panics_later` cannot run twice, so what the first run leaves is judged, be it filled once only",
    )


def test_a_test_that_ends_its_process_has_failed_and_the_others_are_measured(project: Project) -> None:
    project.member(
        "dies",
        "#[test] fn a() {}\n"
        "#[test] fn b() { std::process::exit(0) }\n"
        "#[test] fn c() { std::process::abort() }\n"
        "#[test] fn d() { loop { std::thread::park() } }\n"
        "#[test] fn e() { std::mem::forget(std::hint::black_box(vec![1u8; 10])); }\n",
    )
    project.member("lives", frees(10))

    run = project.measure(time_limit=4.5)

    assert run.failed == (
        FailedTest("dies b", "exited before the test ended"),
        FailedTest("dies c", "killed by SIGABRT"),
        FailedTest("dies d", "did not end within 4.5 s"),
    )
    assert run.unaccounted is None
    assert totals(run) == {"dies a": (0, 0), "dies e": (10, 10), "lives t": (10, 0)}


def test_threads_that_a_test_leaves_do_not_reach_the_next_one(project: Project) -> None:
    project.member(
        "leaves",
        "use std::{hint::black_box, mem::forget, thread};\n"
        "#[test] fn a() { thread::spawn(|| loop { forget(black_box(vec![1u8; 8])); thread::yield_now(); }); }\n"
        "#[test] fn b() { for _ in 0..1000 { drop(black_box(vec![1u8; 100])); thread::yield_now(); } }\n",
    )

    run = project.measure()

    assert totals(run)["leaves b"] == (100, 0)
    assert run.notes == ("`leaves a` left threads running: the tests behind ran in another process",)


def test_a_deep_recursion_is_not_taken_for_functions_without_frame_pointers(project: Project) -> None:
    project.member(
        "deep",
        "fn dive(depth: usize) -> Vec<Vec<u8>> {\n"
        "    if depth == 0 { return Vec::new(); }\n"
        "    let own = std::hint::black_box(vec![1u8; 10]);\n"
        "    let mut all = dive(depth - 1);\n"
        "    all.push(own);\n"
        "    all\n"
        "}\n"
        "#[test] fn a() { assert_eq!(dive(1000).len(), 1000); }\n",
    )

    run = project.measure()

    assert totals(run)["deep a"][1] == 0
    assert [note for note in run.notes if "cut" in note] == []


def test_what_a_test_does_in_rounds_that_only_show_how_it_moves_is_not_held_against_it(project: Project) -> None:
    project.member(
        "second",
        "use std::{hint::black_box, process, sync::atomic::{AtomicUsize, Ordering}, thread};\n"
        "static ROUNDS: AtomicUsize = AtomicUsize::new(0);\n"
        "fn work() { drop(black_box(vec![1u8; 5000])); }\n"
        "fn twice(end: fn()) { thread::spawn(work).join().unwrap();\n"
        "    if ROUNDS.fetch_add(1, Ordering::SeqCst) > 0 { end() } }\n"
        "#[test] fn aborts() { twice(|| process::abort()); }\n"
        "#[test] fn exits() { twice(|| process::exit(0)); }\n"
        "#[test] fn panics() { twice(|| panic!()); }\n"
        "#[test] fn quiet() { work(); }\n",
    )

    run = project.measure()

    assert (run.failed, run.unaccounted) == ((), None)
    assert {test: end for test, (_, end) in totals(run).items()} == dict.fromkeys(
        ("second aborts", "second exits", "second panics", "second quiet"), 0
    )


def test_of_a_test_whose_threads_race_it_is_told_how_far_its_peak_moves(project: Project) -> None:
    """Here by a static that counts the rounds, so that the figures are known."""
    project.member(
        "races",
        "use std::{hint::black_box, sync::atomic::{AtomicUsize, Ordering}, thread};\n"
        "static ROUNDS: AtomicUsize = AtomicUsize::new(0);\n"
        "fn work() { let size = [9000, 5000, 7000][ROUNDS.fetch_add(1, Ordering::SeqCst) % 3];\n"
        "    drop(black_box(vec![1u8; size])); }\n"
        "#[test] fn a() { thread::spawn(work).join().unwrap(); }\n"
        "#[test] fn b() { let _guard = vec![1u8; 9000]; }\n",
    )

    run = project.measure()

    assert run.movements.keys() == {"races a"}
    peaks = run.movements["races a"]
    assert 1 <= peaks.runs <= 4
    assert 5000 < peaks.lowest < 6000  # the second round is that low
    assert peaks.highest < 10_000


def test_some_tests_again_and_more_than_once(project: Project) -> None:
    """As a test is measured again that crossed its limit."""
    project.member(
        "some",
        "use std::sync::atomic::{AtomicUsize, Ordering};\n"
        "static CALLS: AtomicUsize = AtomicUsize::new(0);\n"
        "#[test] fn grows() { drop(std::hint::black_box(vec![1u8; CALLS.fetch_add(1, Ordering::SeqCst)])); }\n"
        "#[test] fn other() {}\n"
        "#[test] fn once() { assert_eq!(CALLS.fetch_add(1, Ordering::SeqCst), 0); }\n",
    )
    only = ("some grows", "some once")

    run = project.measure(only=only, repeat=3)

    peaks = [
        sum(point["gb"] for point in json.loads(profile.path.read_bytes())["pps"]) for profile in run.profiles
    ]
    assert [(profile.test, peak) for profile, peak in zip(run.profiles, peaks, strict=True)] == [
        ("some grows", 1),
        ("some grows", 2),
        ("some grows", 3),
        ("some once", 0),
    ]
    first = project.measure(only=only, repeat=2, rounds="1")
    assert [profile.test for profile in first.profiles] == ["some grows", "some grows", "some once"]


def test_failing_tests_are_named_and_the_command_is_run_as_written(project: Project) -> None:
    project.member("some", f"{frees(10)}#[test] fn fails() {{ panic!() }}\n#[test] #[ignore] fn slow() {{}}\n")
    project.member("other", frees(20))

    run = project.measure()
    assert run.failed[0].test == "some fails"
    assert (totals(run), run.ignored) == ({"other t": (20, 0), "some t": (10, 0)}, 1)

    chosen = project.measure("cargo", "test", "-p", "some", "--", "--include-ignored", "--skip", "fails")
    assert sorted(totals(chosen)) == ["some slow", "some t"]

    with pytest.raises(MeasurementError, match="no test matched `nothing`"):
        project.measure("cargo", "test", "nothing")
    with pytest.raises(UsageError, match="`--list` runs no tests"):
        project.measure("cargo", "test", "--", "--list")


def test_mistakes_of_the_users_own_are_reported_in_rustcs_own_words(project: Project) -> None:
    project.member("wrong", '#[test] fn t() { let number: u8 = "text"; }\n')
    plain = subprocess.run(
        ["cargo", "test"], cwd=project.directory, env=project.env, capture_output=True, text=True, check=False
    )

    with pytest.raises(MeasurementError, match="cargo could not build the tests"):
        project.measure("cargo", "test")

    def said(lines: list[str]) -> list[str]:
        # Cargo's own remarks depend on which job it was that ended first.
        return [line for line in lines if "Compiling" not in line and "waiting for other jobs" not in line]

    assert said(project.output) == said(plain.stderr.splitlines())


COUNTING = """#!/bin/sh
echo "$0 $*" >> "{log}"
exec "$@"
"""


@pytest.mark.parametrize("place", ["environment", "configuration"])
def test_the_users_own_wrappers_and_flags_are_respected(project: Project, tmp_path: Path, place: str) -> None:
    wrappers = {}
    for name in ("rustc-wrapper", "rustc-workspace-wrapper"):
        wrappers[name] = tmp_path / f"their-{name}"
        wrappers[name].write_text(COUNTING.format(log=tmp_path / f"{name}.log"))
        wrappers[name].chmod(0o755)
    (project.directory / ".cargo").mkdir()
    settings = project.directory / ".cargo/config.toml"
    settings.write_text('[build]\nrustflags = ["--cfg=configured"]\n')
    variables = {}
    flag = "configured"
    if place == "configuration":
        named = "".join(f'{name} = "{path}"\n' for name, path in wrappers.items())
        settings.write_text(f"{settings.read_text()}{named}")
    else:
        variables = {name.upper().replace("-", "_"): str(path) for name, path in wrappers.items()}
        flag = "in_the_environment"
        variables["RUSTFLAGS"] = f"--cfg={flag}"
    project.member("helper", "pub fn f() {}\n")
    build_script = (
        'fn main() { for name in ["RUSTC_BOOTSTRAP", "LEAKGATE_HARNESS_DIR"] '
        "{ assert!(std::env::var_os(name).is_none()) } }\n"
    )
    project.member(
        "app",
        "#![allow(unexpected_cfgs)]\n"
        f"#[test] fn flag() {{ assert!(cfg!({flag})); drop(vec![0u8; 10]); helper::f() }}\n"
        "#[test] fn variables() { for (name, _) in std::env::vars() "
        '{ assert!(!name.starts_with("LEAKGATE") && name != "RUSTC_BOOTSTRAP", "{name}") } }\n',
        '[dependencies]\nhelper = { path = "../helper" }\n',
        build=build_script,
    )

    run = project.measure(env=variables)

    assert run.failed == ()
    assert totals(run)["app flag"] == (10, 0)
    compiled = re.findall(r"--crate-name (\w+) .*", (tmp_path / "rustc-wrapper.log").read_text())
    assert {"build_script_build", "helper", "app"} <= set(compiled)
    for line in (tmp_path / "rustc-wrapper.log").read_text().splitlines():
        if "--emit" in line:
            assert "-Cforce-frame-pointers=yes" in line
    workspace = (tmp_path / "rustc-workspace-wrapper.log").read_text()
    with_harness = [line for line in workspace.splitlines() if "--extern test=" in line]
    assert len(with_harness) == 2
    assert all(" --test " in line for line in with_harness)


def test_release_builds_have_lines_too_and_the_users_own_cache_is_not_touched(project: Project) -> None:
    project.member("fast", frees(64))
    plain = ["cargo", "test", "--release", "--no-run"]
    subprocess.run(plain, cwd=project.directory, env=project.env, check=True, capture_output=True)
    before = sorted(path for path in (project.directory / "target/release").rglob("*"))

    run = project.measure("cargo", "test", "--release")

    assert totals(run) == {"fast t": (64, 0)}
    frames = json.loads(run.profiles[0].path.read_bytes())["ftbl"]
    assert any(re.search(r": fast::t\S* \(\S*fast/src/lib\.rs:1\)$", frame) for frame in frames), frames
    assert sorted(path for path in (project.directory / "target/release").rglob("*")) == before
    again = subprocess.run(
        plain, cwd=project.directory, env=project.env, check=True, capture_output=True, text=True
    )
    assert "Compiling" not in again.stderr


def test_a_target_directory_and_a_target_of_the_users_choice(project: Project, tmp_path: Path) -> None:
    version = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = re.search(r"host: (\S+)", version)
    assert host is not None
    project.member("some", frees(32))

    run = project.measure("cargo", "test", f"--target-dir={tmp_path / 'else'}", "--target", host[1])

    assert totals(run) == {"some t": (32, 0)}
    assert run.fingerprint["target"] == host[1]
    assert [path.name for path in (tmp_path / "else").iterdir()] == ["leakgate-build"]
    assert not (project.directory / "target").exists()


REFUSING = """#!/bin/sh
case " $* " in
*leakgate_runner*) echo "error: no such field" >&2; exit 1 ;;
*" -vV "*) rustc -vV && echo "variant: refusing" ;;
*) exec rustc "$@" ;;
esac
"""


def test_a_toolchain_whose_libtest_is_another_still_measures_each_test_by_itself(
    project: Project, tmp_path: Path
) -> None:
    refusing = tmp_path / "rustc"
    refusing.write_text(REFUSING)
    refusing.chmod(0o755)
    project.member(
        "some",
        "#[test] fn leaks() { std::mem::forget(std::hint::black_box(vec![1u8; 7777])); }\n"
        "#[test] fn frees() { drop(std::hint::black_box(vec![1u8; 100_000])); }\n"
        "#[test] fn fails() { panic!() }\n"
        "#[test] fn variables() { for (name, _) in std::env::vars() "
        '{ assert!(name != "LEAKGATE_INJECTION" && name != "RUSTC_BOOTSTRAP", "{name}") } }\n',
        '[[test]]\nname = "special"\nharness = false\n',
        tests__special="fn main() {}\n",
    )

    run = project.measure("cargo", "test", env={"RUSTC": str(refusing)})

    assert run.failed == (FailedTest("some fails", "failed"),)
    figures = totals(run)
    assert figures["some leaks"][1] == 7777
    assert figures["some frees"][1] == 0
    assert 100_000 <= figures["some frees"][0] < 120_000
    assert sorted(figures) == ["some frees", "some leaks", "some variables"]
    assert (run.fingerprint["rounds"], run.unaccounted) == ("1", None)
    assert [
        note for note in run.notes if note.startswith("this toolchain does not compile the harness's own runner: ")
    ]
    assert not [line for line in project.output if "no such field" in line]
