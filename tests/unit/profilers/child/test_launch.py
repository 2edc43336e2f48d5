"""The runner on binaries that are shell scripts: one that holds libtest's marker is taken for a test harness."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leakgate.profilers.child import runner


@dataclass
class Package:
    """A directory with a binary in it, as cargo would start it."""

    directory: Path

    @property
    def run_dir(self) -> Path:
        return self.directory / "run"

    def start(
        self, script: str, *arguments: str, test: bool = True, lifeline: int | None = None, **plan: object
    ) -> subprocess.CompletedProcess[str]:
        binary = self.directory / "binary"
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(0o755)
        self.run_dir.mkdir()
        binaries = {str(binary): {"id": "store", "test": test}}
        defaults = {
            "binaries": binaries,
            "jobs": 1,
            "runner": [],
            "restore": {},
            "lifeline": lifeline,
            "raw": False,
        }
        (self.run_dir / "plan.json").write_text(json.dumps({**defaults, **plan}))
        return subprocess.run(
            [sys.executable, "-I", "-S", runner.__file__, binary, *arguments],
            cwd=self.directory,
            env={"PATH": os.environ["PATH"], "LEAKGATE_RUN_DIR": str(self.run_dir), "SET": "by us"},
            capture_output=True,
            text=True,
            check=False,
            pass_fds=[lifeline] if lifeline is not None else [],
        )

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = (self.run_dir / "events.jsonl").read_text().splitlines()
        return [{name: value for name, value in json.loads(line).items() if name != "seconds"} for line in lines]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def test_a_binary_that_cargo_did_not_announce_runs_as_it_is(package: Package) -> None:
    done = package.start(
        'echo "$@ $SET $LEAKGATE_RUN_DIR"; exit 3', "a", binaries={}, restore={"SET": "by the user"}
    )

    assert (done.returncode, done.stdout, done.stderr) == (3, "a by the user \n", "")
    assert not (package.run_dir / "events.jsonl").exists()


def test_a_program_keeps_its_output_and_exit_code(package: Package) -> None:
    profile = '{"dhatFileVersion":2}'
    saved = "dhat: The data has been saved to out.json, and is viewable with dhat/dh_view.html"

    done = package.start(f"echo out; echo '{profile}' >out.json; echo '{saved}' >&2; exit 4", test=False)

    assert (done.returncode, done.stdout, done.stderr) == (4, "out\n", saved + "\n")
    assert package.events == [
        {"event": "binary", "binary": "store", "tests": 1, "ignored": 0, "filtered": 0},
        {"event": "start", "test": "store"},
        {
            "event": "end",
            "test": "store",
            "reason": "exited with 4",
            "profiles": [["store", "binary-0001/00002.json"]],
        },
    ]
    assert (package.run_dir / "binary-0001/00002.json").read_text() == profile + "\n"
    assert not (package.directory / "out.json").exists()


def test_a_program_that_is_killed_ends_as_a_shell_would_say(package: Package) -> None:
    done = package.start("kill -9 $$", test=False)

    assert done.returncode == 128 + 9
    assert package.events[-1]["reason"] == "killed by SIGKILL"


def test_a_harness_that_cannot_list_its_tests_has_failed(package: Package) -> None:
    done = package.start("# RUST_TEST_SHUFFLE\nexit 5")

    assert (done.returncode, done.stdout) == (70, "")
    assert (
        done.stderr
        == f"leakgate: cannot run {package.directory}/binary: it exited with 5 when asked for its tests\n"
    )
    assert package.events == [
        {"event": "end", "test": "store", "reason": "exited with 5 when asked for its tests", "profiles": []}
    ]


def test_a_runner_that_does_not_exist_is_a_message(package: Package) -> None:
    done = package.start("exit 0", test=False, runner=["/no/such/runner"])

    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr == (
        f"leakgate: cannot run {package.directory}/binary: "
        "[Errno 2] No such file or directory: '/no/such/runner'\n"
    )


def test_what_cannot_be_asked_of_one_test_runs_as_it_is_and_is_said(package: Package) -> None:
    done = package.start('# RUST_TEST_SHUFFLE\necho "ran $@"', "--logfile", "x")

    assert (done.returncode, done.stdout) == (0, "ran --logfile x\n")
    assert done.stderr == (
        f"leakgate: {package.directory}/binary runs as it is and is not measured: "
        "--logfile cannot be asked of single tests\n"
    )
    assert package.events == [{"event": "untouched", "binary": "store", "argument": "--logfile"}]


def test_with_a_parent_that_is_dead_already_nothing_is_run(package: Package) -> None:
    reader, writer = os.pipe()
    os.close(writer)

    done = package.start("touch ran", test=False, lifeline=reader)

    os.close(reader)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGIO, "", "")
    assert not (package.directory / "ran").exists()
