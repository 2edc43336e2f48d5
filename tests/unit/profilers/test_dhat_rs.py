"""What real cargo does on request is in `tests/e2e/test_profiling.py`; here is what it does seldom."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from leakgate.errors import MeasurementError
from leakgate.profilers import dhat_rs
from leakgate.profilers.suite import FailedTest, SuiteRequest, SuiteRun

METADATA = {
    "packages": [
        {"id": "s", "name": "store", "manifest_path": "/none/Cargo.toml", "targets": [], "features": {}},
    ],
    "workspace_root": "/none",
    "target_directory": "/none/target",
}
ARTIFACTS: list[dict[str, Any]] = [
    {"package_id": "r#dhat@0.3.3", "target": {"name": "dhat", "kind": ["lib"]}, "executable": None},
    {
        "package_id": "s",
        "target": {"name": "store", "kind": ["lib"]},
        "executable": "/none/target/debug/deps/store-1",
    },
]


class Cargo:
    """Stands in for every process: cargo, whose runner tells these events; rustc; git.

    Attributes:
        artifacts: What the build reports.
        plan: What the runner would have been told.
        variables: The variables that were set for cargo's run.
        while_running: Called while cargo "runs".
    """

    def __init__(self, run_dir: Path, code: int, *events: dict[str, Any]) -> None:
        self.run_dir = run_dir
        self.code = code
        self.events = events
        self.artifacts = ARTIFACTS
        self.plan: dict[str, Any] = {}
        self.variables: dict[str, str] = {}
        self.while_running: Callable[[], None] = lambda: None

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,  # noqa: ARG002 - the protocol's
        env: Mapping[str, str],
        on_line: Callable[[str], None],
        on_stdout: Callable[[str], None] | None = None,
        **_others: object,
    ) -> int:
        say = on_stdout or on_line
        if "metadata" in argv:
            say(json.dumps(METADATA))
        elif "-vV" in argv:
            for line in (
                "rustc 1.95.0",
                "host: x86_64-unknown-linux-gnu",
                "release: 1.95.0",
                "commit-hash: 0123456789ab",
            ):
                say(line)
        elif "--no-run" in argv:
            for artifact in self.artifacts:
                say(json.dumps({"reason": "compiler-artifact", "profile": {"test": True}, **artifact}))
        elif argv[0] == "cargo":
            self.variables = dict(env)
            self.plan = json.loads((self.run_dir / "plan.json").read_text())
            with (self.run_dir / "events.jsonl").open("w") as file:
                file.writelines(json.dumps(event) + "\n" for event in self.events)
            for event in self.events:
                for _, path in event.get("profiles", ()):
                    (self.run_dir / path).parent.mkdir(exist_ok=True)
                    (self.run_dir / path).write_text('{"ftbl": ["[root]", "0x1: a (lib.rs:1:1)"]}')
            self.while_running()
            on_line("error: doctest failed")
            return self.code
        return 0

    def profile(self, **env: str) -> SuiteRun:
        request = SuiteRequest(("cargo", "test"), self.run_dir, env, self.run_dir, jobs=3)
        return dhat_rs.profile(request, lambda _event: None, self)


BINARY = {"event": "binary", "binary": "store", "tests": 1, "ignored": 0, "filtered": 0}
START = {"event": "start", "test": "store a"}
PASSED = {"event": "end", "test": "store a", "reason": None, "seconds": 1, "profiles": [["store a", "b/1.json"]]}


def test_a_failure_outside_the_measured_tests_is_not_forgotten(tmp_path: Path) -> None:
    run = Cargo(tmp_path, 101, BINARY, START, PASSED).profile()

    assert [profile.path for profile in run.profiles] == [tmp_path / "b/1.json"]
    assert run.failed == ()
    assert run.unaccounted == "cargo exited with 101, but no test that was measured failed: a doc test may have"


def test_a_test_binary_that_did_not_run_is_not_forgotten(tmp_path: Path) -> None:
    artifact = {
        "package_id": "s",
        "target": {"name": "api", "kind": ["test"]},
        "executable": "/none/target/debug/api",
    }
    cargo = Cargo(tmp_path, 0, BINARY, START, PASSED)
    cargo.artifacts = [*ARTIFACTS, artifact]

    assert cargo.profile().unaccounted == "1 of 2 test binaries did not run"


def test_a_runner_that_broke_off_leaves_a_failed_test(tmp_path: Path) -> None:
    run = Cargo(tmp_path, 101, BINARY, START).profile()

    assert run.failed == (FailedTest("store a", "was cut off"),)


SIGNALLED = "a test that signals its process group ends cargo too"


@pytest.mark.parametrize(
    ("code", "events", "message"),
    [
        (
            -9,
            [BINARY, START, PASSED],
            "cargo test: cargo was killed by SIGKILL\n  help: is the machine out of memory?",
        ),
        (
            -15,
            [BINARY, START],
            f"cargo test: cargo was killed by SIGTERM while `store a` ran\n  help: {SIGNALLED}",
        ),
        (
            -35,
            [BINARY],
            f"cargo test: cargo was killed by signal 35\n  help: {SIGNALLED}",
        ),
        (101, [], "cargo test: cargo exited with 101 before any test ran"),
        (0, [{**BINARY, "tests": 0}], "cargo test: there are no tests"),
    ],
)
def test_nothing_measured(tmp_path: Path, code: int, events: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(MeasurementError) as caught:
        Cargo(tmp_path, code, *events).profile()

    assert str(caught.value) == message


def test_the_users_own_runner_goes_on_and_the_tests_see_it_unchanged(tmp_path: Path) -> None:
    name = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER"
    cargo = Cargo(tmp_path, 0, BINARY, START, PASSED)

    cargo.profile(**{name: "qemu -L /usr"})

    lifeline = cargo.plan.pop("lifeline")
    assert isinstance(lifeline, int)
    assert cargo.plan == {
        "binaries": {"/none/target/debug/deps/store-1": {"id": "store", "test": True}},
        "jobs": 3,
        "runner": ["qemu", "-L", "/usr"],
        "restore": {name: "qemu -L /usr"},
        "raw": False,
        "valgrind": [],
        "only": [],
        "repeat": 1,
        "time_limit": None,
    }
    assert cargo.variables == {
        "LEAKGATE_RUN_DIR": str(tmp_path),
        name: f"{sys.executable} -I -S {Path(dhat_rs.__file__).parent / 'child/runner.py'}",
    }


def test_an_interpreter_whose_path_holds_a_space_still_starts_the_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter = tmp_path / "my python"
    interpreter.symlink_to(Path(sys.executable).resolve())
    monkeypatch.setattr(sys, "executable", str(interpreter))
    answers = []
    cargo = Cargo(tmp_path, 0, BINARY, START, PASSED)

    def start_runner() -> None:
        words = cargo.variables["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER"].split()
        answers.append(subprocess.check_output([*words, "/bin/echo", "started"], env={}))

    cargo.while_running = start_runner
    cargo.profile()

    assert answers == [b"started\n"]
