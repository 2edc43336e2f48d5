"""The main job as a user runs it: the command line, real cargo, the example service, its three faults."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
COMMAND = ("--", "cargo", "test", "--features", "dhat-heap")
CLEAN_RUNS = 10

GUILTY = {
    "unfinished-task": ("s3_server::replica::Replica::replicate_in_background", "src/replica.rs", "tokio::spawn("),
    "reference-cycle": ("s3_server::session::Session::watch", "src/session.rs", "Arc::new("),
    "growing-buffer": ("s3_server::access_log::AccessLog::record", "src/access_log.rs", "write"),
}
"""Fault → the function, its file and what stands near the allocating line. See the example's README."""


@dataclass(frozen=True)
class Service:
    """A user's checkout of the example, in git, with a baseline."""

    directory: Path
    target: Path

    def run(self, *args: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "leakgate", *args],
            cwd=self.directory,
            env=self.environment(variables),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self, variables: dict[str, str]) -> dict[str, str]:
        ours = ("CARGO_", "RUST_TEST", "GIT_", "GITHUB_", "LEAKGATE_", "S3_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**kept, "CARGO_TARGET_DIR": str(self.target), **variables}

    def result(self) -> dict[str, object]:
        parsed: dict[str, object] = json.loads((self.directory / "target/leakgate/result.json").read_bytes())
        return parsed

    def git(self, *args: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *args],
            cwd=self.directory,
            check=True,
            capture_output=True,
            text=True,
        ).stdout


@pytest.fixture(scope="module")
def service(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Service:
    assert pytestconfig.cache is not None
    directory = tmp_path_factory.mktemp("check") / "store"
    # Not `copy2`: to cargo, a file as old as the original may look older than what an earlier run has built of it.
    without = shutil.ignore_patterns("target")
    shutil.copytree(ROOT / "examples/s3-server", directory, ignore=without, copy_function=shutil.copy)
    service = Service(directory, pytestconfig.cache.mkdir("cargo-target"))
    (directory / ".gitignore").write_text("/target\n")
    service.git("init", "--quiet")
    service.git("add", ".")
    service.git("commit", "--quiet", "--message", "The service")

    first = service.run("check", *COMMAND)
    assert first.returncode == 0, first.stderr
    assert "no baseline: 11 tests measured, growth was NOT judged" in first.stdout
    saved = service.run("baseline", "save")
    assert saved.stderr == "11 tests saved as the baseline in .leakgate/baseline.json; commit that file\n"
    service.git("add", ".")
    service.git("commit", "--quiet", "--message", "Its baseline")
    return service


def test_clean_runs_give_no_false_alarm(service: Service) -> None:
    for _ in range(CLEAN_RUNS):
        done = service.run("check", *COMMAND)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "✔ 11 tests within their memory limits")
    assert service.git("status", "--porcelain") == ""


@pytest.mark.parametrize("fault", GUILTY)
def test_a_fault_fails_the_check_and_its_line_is_named(service: Service, fault: str) -> None:
    function, file, code = GUILTY[fault]

    done = service.run("check", "--format", "console", "--format", "markdown", *COMMAND, S3_FAULT=fault)

    assert done.returncode == 1, done.stderr
    result = service.result()
    assert result["verdict"] == "fail"
    failed = [test for test in result["tests"] if test["status"] == "fail"]  # type: ignore[attr-defined]
    assert failed
    for test in failed:
        worst = test["sites"][0]
        assert (worst["function"], worst["file"]) == (function, file), test["name"]
        near = (service.directory / file).read_text().splitlines()[worst["line"] - 2 : worst["line"] + 1]
        assert code in "\n".join(near)
        for metric in test["metrics"]:
            assert sum(site["delta"][metric] for site in test["sites"]) == test["metrics"][metric]["delta"]
    worst = failed[0]["sites"][0]
    assert f"{function}  {file}:{worst['line']}" in done.stdout
    assert f"<code>{function}</code> at <code>{file}:{worst['line']}</code>" in done.stdout


def test_a_whole_program_is_gated(service: Service) -> None:
    program = ("--", "cargo", "run", "--features", "dhat-heap")
    base = service.run("profile", "--output", "program.json", *program)
    assert base.returncode == 0, base.stderr
    assert "1 test measured, 0 not: program.json" in base.stderr.splitlines()
    same = service.run("check", "--base", "program.json", *program)
    assert same.returncode == 0, same.stdout
    grown = service.run("check", "--base", "program.json", *program, S3_FAULT="growing-buffer")
    assert grown.returncode == 1, grown.stdout
    assert "s3_server::access_log::AccessLog::record" in grown.stdout
    (service.directory / "program.json").unlink()


def test_a_check_from_a_subdirectory_is_the_same_check(service: Service) -> None:
    below = Service(service.directory / "src", service.target)
    done = below.run("check", *COMMAND, S3_FAULT="growing-buffer")
    assert done.returncode == 1, done.stderr
    assert "base  " in done.stdout
    assert ".leakgate/baseline.json" in done.stdout
    assert service.git("status", "--porcelain") == ""
    assert service.result()["verdict"] == "fail"


def test_another_profile_is_incomparable_not_a_regression(service: Service) -> None:
    done = service.run("check", *COMMAND, "--release", "closed_sessions", S3_FAULT="reference-cycle")
    assert done.returncode == 0
    assert "the baseline was measured differently, so growth was not judged:" in done.stdout
    assert re.search(r"cargo-profile +test +→ +release", done.stdout)
    assert done.stdout.splitlines()[-1] == "! baseline not comparable: 1 test measured, growth was NOT judged"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("keys_are_validated",), "problem: 1 test ran, and none wrote a heap profile."),
        (("closed_sessions",), "problem: 10 of the 11 tests in the baseline were not measured, more than the 50%"),
    ],
)
def test_too_little_measured_is_no_pass(service: Service, arguments: Sequence[str], message: str) -> None:
    done = service.run("check", *COMMAND, *arguments)
    assert done.returncode == 3
    assert message in done.stdout
    assert done.stdout.splitlines()[-1] == "✘ no verdict: the measurement is incomplete"


def test_no_test_matched(service: Service) -> None:
    done = service.run("check", *COMMAND, "no_such_test")
    assert done.returncode == 3
    assert "error: cargo test --features dhat-heap no_such_test: no test matched `no_such_test`" in done.stderr


def test_a_project_that_does_not_compile(service: Service) -> None:
    library = service.directory / "src/lib.rs"
    healthy = library.read_text()
    library.write_text(healthy + 'fn broken() -> u8 { "text" }\n')
    try:
        done = service.run("check", *COMMAND)
    finally:
        library.write_text(healthy)
    assert done.returncode == 3
    assert "mismatched types" in done.stderr
    assert done.stderr.splitlines()[-2:] == [
        "error: cargo test --features dhat-heap: cargo could not build the tests",
        "  help: see its messages above",
    ]


def test_failing_tests_are_named_and_the_others_measured(service: Service) -> None:
    api = service.directory / "tests/api.rs"
    healthy = api.read_text()
    api.write_text(
        healthy + '#[test]\nfn fails() { panic!("on purpose") }\n#[test]\nfn dies() { std::process::abort() }\n'
    )
    try:
        done = service.run("check", *COMMAND)
    finally:
        api.write_text(healthy)
    assert done.returncode == 3
    assert (
        "2 failed, so not judged: s3-server::api dies: killed by SIGABRT, s3-server::api fails: failed"
        in done.stdout
    )
    assert "11 tests within the limits" in done.stdout or "s3-server::api a_connection_per_request" in done.stdout
    assert done.stdout.splitlines()[-1] == "✘ no verdict: the measurement is incomplete"


def test_a_terminated_check_leaves_nothing_behind(service: Service) -> None:
    baseline = (service.directory / ".leakgate/baseline.json").read_bytes()
    with subprocess.Popen(
        [sys.executable, "-m", "leakgate", "check", *COMMAND],
        cwd=service.directory,
        env=service.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        for line in process.stderr:
            if "running 9 tests" in line:
                break
        process.send_signal(signal.SIGTERM)
        err, out = process.stderr.read(), process.stdout.read()
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "interrupted: nothing was compared"
    assert not list((service.directory / "target/leakgate").glob("run-*"))
    assert service.git("status", "--porcelain") == ""
    assert (service.directory / ".leakgate/baseline.json").read_bytes() == baseline


def test_two_checks_at_once_do_not_disturb_each_other(service: Service) -> None:
    def check() -> tuple[str, int]:
        done = service.run("check", *COMMAND)
        return done.stdout.splitlines()[-1], done.returncode

    with ThreadPoolExecutor() as pool:
        ends = [future.result() for future in [pool.submit(check), pool.submit(check)]]
    assert ends == [("✔ 11 tests within their memory limits", 0)] * 2
    assert service.result()["verdict"] == "pass"
    assert len(list((service.directory / "target/leakgate/profiles").rglob("*.json"))) == 11


def test_stored_profiles_compare_like_the_check_did(service: Service) -> None:
    service.run("profile", "--output", "target/a/s.json", "--keep-profiles", "target/a/profiles", *COMMAND)
    service.run(
        "profile",
        "--output",
        "target/b/s.json",
        "--keep-profiles",
        "target/b/profiles",
        *COMMAND,
        S3_FAULT="growing-buffer",
    )
    for base, head in (("target/a/s.json", "target/b/s.json"), ("target/a/profiles", "target/b/profiles")):
        done = service.run("compare", base, head)
        assert done.returncode == 1
        assert re.search(r"s3_server::access_log::AccessLog::record  \S*src/access_log.rs:\d+", done.stdout), (
            done.stdout
        )
