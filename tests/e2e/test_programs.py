"""Whole programs under the injected harness, with real cargo and real signals. None of them knows of leakgate."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers.suite import FailedTest, Load, OutputLine, ProgressEvent, SuiteRequest, SuiteRun
from leakgate.profilers.table import PROFILERS

pytestmark = pytest.mark.e2e

SOURCE = Path(__file__).parent / "projects/programs"
KEPT = 10_000
"""Bytes that `tool` keeps, and that each `keep` adds to what a server keeps."""


@dataclass
class Workspace:
    """A checkout of the programs, and how to profile them."""

    directory: Path
    env: dict[str, str]
    runs: Path
    events: list[ProgressEvent] = field(default_factory=list)

    @property
    def output(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, OutputLine)]

    def measure(
        self,
        *command: str,
        load: Load | None = None,
        repeat: int = 1,
        time_limit: float | None = None,
    ) -> SuiteRun:
        run_dir = self.runs / str(len(list(self.runs.iterdir())))
        run_dir.mkdir()
        self.events.clear()
        request = SuiteRequest(
            command,
            self.directory,
            self.env,
            run_dir,
            repeat=repeat,
            time_limit=time_limit,
            load=load,
        )
        return PROFILERS["harness"](request, self.events.append)

    def tool(self, *arguments: str) -> SuiteRun:
        return self.measure("cargo", "run", "-p", "tool", "--", *arguments)

    def serve(self, *steps: str, server: tuple[str, ...] = ("server",), **ending: object) -> SuiteRun:
        """Run a server and let the load drive it."""
        program, *arguments = server
        pipe = self.pipe()
        words = (sys.executable, "load.py", pipe, *steps)
        load = Load(words, **ending)  # type: ignore[arg-type] # each test gives what it is about
        return self.measure("cargo", "run", "--bin", program, "--", pipe, *arguments, load=load)

    def pipe(self) -> str:
        """A new named pipe: the server says in it where it is."""
        path = self.runs.parent / f"port-{len(list(self.runs.iterdir()))}"
        os.mkfifo(path)
        return str(path)


@pytest.fixture(scope="module")
def checkout(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    assert pytestconfig.cache is not None
    directory = tmp_path_factory.mktemp("programs") / "project"
    # Not `copy2`: to cargo, a file as old as the original may look older than what an earlier run has built of it.
    without = shutil.ignore_patterns("target")
    shutil.copytree(SOURCE, directory, ignore=without, copy_function=shutil.copy)
    (directory / ".gitignore").write_text("/target\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "The programs"]):
        subprocess.run([*git, *words], cwd=directory, check=True)
    ours = ("CARGO_", "RUST", "GIT_", "GITHUB_", "LEAKGATE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    rustup = {name: value for name, value in os.environ.items() if name.startswith("RUSTUP_")}
    env = {
        **kept,
        **rustup,
        "XDG_CACHE_HOME": str(pytestconfig.cache.mkdir("leakgate-cache")),
        "CARGO_INCREMENTAL": "0",
        "CARGO_TARGET_DIR": str(pytestconfig.cache.mkdir("programs-target")),
    }
    return Workspace(directory, env, directory)


@pytest.fixture
def programs(checkout: Workspace, tmp_path: Path) -> Workspace:
    runs = tmp_path / "runs"
    runs.mkdir()
    return Workspace(checkout.directory, checkout.env, runs)


def left(run: SuiteRun) -> dict[str, int]:
    """Test id → bytes at t-end that a function of `tool` or `graceful` has on its stack."""
    figures = {}
    for profile in run.profiles:
        dhat = json.loads(profile.path.read_bytes())
        own = {
            number for number, frame in enumerate(dhat["ftbl"]) if "tool::keep" in frame or "graceful::" in frame
        }
        figures[profile.test] = sum(point["eb"] for point in dhat["pps"] if own & set(point["fs"]))
    return figures


@pytest.mark.parametrize("ending", [(), ("exit-in-a-thread",), ("children",), ("fork",)])
def test_a_program_is_measured_from_before_main_to_its_end(programs: Workspace, ending: tuple[str, ...]) -> None:
    """Its children, be they itself once more or forked, neither write nor overwrite."""
    run = programs.tool(*ending)
    assert (run.failed, run.unmeasured, run.unaccounted, run.notes) == ((), (), None, ())
    kept = left(run)
    assert list(kept) == ["tool::bin/tool"]
    assert KEPT <= kept["tool::bin/tool"] < 2 * KEPT
    assert (run.fingerprint["rounds"], run.fingerprint["cargo-profile"]) == ("1", "dev")
    assert run.fingerprint["profiler-version"].endswith(" (program)")


def test_each_run_leaves_a_profile(programs: Workspace) -> None:
    run = programs.measure("cargo", "run", "-p", "tool", repeat=2)
    assert [profile.test for profile in run.profiles] == ["tool::bin/tool"] * 2
    first, second = (profile.path.read_bytes() for profile in run.profiles)
    assert first != b""
    assert json.loads(first)["pps"][0]["tb"] == json.loads(second)["pps"][0]["tb"]


def test_an_example_is_a_program(programs: Workspace) -> None:
    assert left(programs.measure("cargo", "run", "--example", "sample"))["tool::example/sample"] >= 2 * KEPT


def test_a_release_build_that_is_stripped_and_optimised_as_one_still_has_its_lines(programs: Workspace) -> None:
    run = programs.measure("cargo", "run", "--release", "--bin", "tool")
    frames = json.loads(run.profiles[0].path.read_bytes())["ftbl"]
    assert any("tool::keep (" in frame and "tool/src/lib.rs:10" in frame for frame in frames), frames


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("fail", "exited with 7"),
        ("panic", "exited with 101"),
        ("abort", "killed by SIGABRT and wrote no profile"),
        ("KILL", "killed by SIGKILL and wrote no profile"),
    ],
)
def test_a_program_that_fails_is_no_pass(programs: Workspace, ending: str, reason: str) -> None:
    run = programs.tool(ending)
    assert (run.failed, run.profiles) == ((FailedTest("tool::bin/tool", reason),), ())


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_a_program_dies_of_a_signal_as_ever_and_its_profile_is_written_first(
    programs: Workspace, name: str
) -> None:
    run = programs.tool(name)
    assert (run.failed, run.notes) == ((), (f"`tool::bin/tool` ran until it was killed by SIG{name}",))
    assert left(run)["tool::bin/tool"] >= KEPT


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_a_server_is_driven_by_its_load_and_stopped(programs: Workspace, name: str) -> None:
    run = programs.serve("keep", "keep", "keep", stop_signal=name)
    assert (run.failed, run.notes) == ((), ())
    assert 3 * KEPT <= left(run)["tool::bin/server"] < 4 * KEPT
    assert [line for line in programs.output if line.startswith("keep")] == ["keep: 1", "keep: 2", "keep: 3"]


def test_a_server_tells_on_demand_what_it_holds_and_goes_on(programs: Workspace) -> None:
    run = programs.serve("keep", "profile", "keep", "keep", "profile", "keep")
    kept = {test: figure // KEPT for test, figure in left(run).items()}
    assert kept == {"tool::bin/server": 4, "tool::bin/server [1]": 1, "tool::bin/server [2]": 3}


def test_a_program_keeps_its_own_handlers(programs: Workspace) -> None:
    """Tokio's, which call the handler that was there before them: ours."""
    run = programs.serve("keep", "keep", "USR1", "keep", server=("graceful",))
    assert (run.failed, [profile.test for profile in run.profiles]) == ((), ["graceful::bin/graceful"])
    assert "stopped in good order" in programs.output
    assert "it is my own signal" in programs.output
    assert left(run)["graceful::bin/graceful"] < 10 * KEPT, "what it kept was dropped before the end"


@pytest.mark.parametrize(
    ("steps", "server", "what"),
    [
        (("keep", "fail"), ("server",), "the load exited with 3, so nothing is judged"),
        (("exit", "wait"), ("server",), "the program exited with 0 before its load had ended"),
        (("abort", "wait"), ("server",), "the program was killed by SIGABRT before its load had ended"),
        (("keep",), ("server", "stubborn"), "the program was still running 1 s after SIGTERM"),
    ],
)
def test_a_load_that_went_wrong_is_no_measurement(
    programs: Workspace, steps: tuple[str, ...], server: tuple[str, ...], what: str
) -> None:
    with pytest.raises(MeasurementError) as caught:
        programs.serve(*steps, server=server, stop_grace=1)
    assert caught.value.what == what


def test_there_is_no_such_load(programs: Workspace) -> None:
    with pytest.raises(UsageError, match="the load cannot be started: No such file or directory"):
        programs.measure("cargo", "run", "--bin", "server", "--", programs.pipe(), load=Load(("./none",)))


def test_a_program_has_a_time_limit(programs: Workspace) -> None:
    pipe = programs.pipe()
    run = programs.measure("cargo", "run", "--bin", "server", "--", pipe, time_limit=1)
    assert run.failed == (FailedTest("tool::bin/server", "was still running after 1 s and wrote no profile"),)


def test_an_allocator_of_its_own_stands_in_the_way(programs: Workspace) -> None:
    with pytest.raises(MeasurementError) as caught:
        programs.measure("cargo", "run", "--bin", "own-allocator")
    program = "`tool::bin/own-allocator`"
    assert caught.value.what == (
        f"nothing can be measured: {program} was not measured: it has a `#[global_allocator]` of its own"
    )
    assert caught.value.remedy == "`--profiler valgrind`, with `cargo test` or `cargo run`, runs it as it is"


def test_tests_and_programs_share_what_they_depend_on_and_nothing_else(programs: Workspace) -> None:
    """The tests of `tool` look into the program that cargo has built for them."""
    programs.serve("keep", server=("graceful",))
    programs.tool()
    run = programs.measure("cargo", "test", "--workspace")
    assert run.failed == ()
    assert [profile.test for profile in run.profiles] == ["tool::untouched the_program_is_as_it_was_written"]
    assert left(programs.tool()) != {}, "which was not the program that is measured"
    compiled = [line for line in programs.output if line.split()[:1] == ["Compiling"]]
    assert compiled == [], "each has been built before"


def test_the_main_job_finds_where_a_server_grew(programs: Workspace, tmp_path: Path) -> None:
    def check(*steps: str) -> subprocess.CompletedProcess[str]:
        pipe = programs.pipe()
        load = shlex.join([sys.executable, "load.py", pipe, *steps])
        server = ["cargo", "run", "--bin", "server"]
        ours = ["check", "--output", str(tmp_path / "out"), "--load", load]
        (programs.runs / pipe.rpartition("/")[2]).mkdir()  # the next pipe gets another name
        return subprocess.run(
            [sys.executable, "-m", "leakgate", *ours, "--", *server, "--", pipe],
            cwd=programs.directory,
            env=programs.env,
            capture_output=True,
            text=True,
            check=False,
        )

    assert check("keep", "keep").returncode == 0
    base = tmp_path / "base.json"
    (tmp_path / "out/snapshot.json").rename(base)
    programs.env["LEAKGATE_BASE"] = str(base)
    same, grown = check("keep", "keep"), check("keep", "keep", "keep", "keep")
    assert (same.returncode, same.stdout.splitlines()[-1]) == (0, "✔ 1 test within their memory limits")
    assert grown.returncode == 1, grown.stdout
    [test] = json.loads((tmp_path / "out/result.json").read_bytes())["tests"]
    site = test["sites"][0]
    assert test["name"] == "tool::bin/server"
    assert (site["function"], site["file"], site["line"]) == ("tool::keep", "tool/src/lib.rs", 10)
