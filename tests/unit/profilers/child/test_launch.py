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
            "valgrind": [],
            "only": [],
            "repeat": 1,
            "time_limit": None,
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


def test_two_signals_at_once_leave_no_half_written_profile_either(package: Package) -> None:
    """A parent that is killed closes the lifeline, and its guard ends the group."""
    done = package.start(
        "echo '{\"dhatFileVersion\": 2' >dhat-half.json\n"
        "kill -STOP $PPID; kill -TERM $PPID; kill -IO $PPID; kill -CONT $PPID\n"
        "exec sleep 1000",
        test=False,
    )

    assert (done.returncode - 128 in {signal.SIGTERM, signal.SIGIO}, done.stdout, done.stderr) == (True, "", "")
    assert not (package.directory / "dhat-half.json").exists()


def test_with_a_parent_that_is_dead_already_nothing_is_run(package: Package) -> None:
    reader, writer = os.pipe()
    os.close(writer)

    done = package.start("touch ran", test=False, lifeline=reader)

    os.close(reader)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGIO, "", "")
    assert not (package.directory / "ran").exists()


LIBTEST = """\
# RUST_TEST_SHUFFLE
case "$*" in
  *--ignored*) ;;
  *--list*) printf 'fine: test\\nhangs: test\\nfails: test\\n' ;;
  fine*) printf '\\nrunning 1 test\\ntest fine ... ok\\n\\ntest result: ok. 1 passed; 0 failed; \\n' ;;
  hangs*) exec sleep 1000 ;;
  fails*)
    printf '\\nrunning 1 test\\ntest fails ... FAILED\\n\\nfailures:\\n\\nfailures:\\n    fails\\n'
    exit 101 ;;
esac
"""
"""A test harness as far as the runner asks it for anything."""


def fake_valgrind(package: Package, script: str) -> list[str]:
    """The words that start a valgrind which has done this when `$out` and `$log` were to be written."""
    program = package.directory / "valgrind"
    program.write_text(
        "#!/bin/sh\n"
        'for word; do case "$word" in\n'
        '  --dhat-out-file=*) out=$(echo "${word#*=}" | sed "s/%p/$$/") ;;\n'
        "  --log-file=*) log=${word#*=} ;;\n"
        "  --*) ;;\n"
        "  *) break ;;\n"
        "esac; shift; done\n"
        f'{script}\nexec "$@"\n'
    )
    program.chmod(0o755)
    return [str(program), "--tool=dhat"]


def ends(package: Package) -> list[tuple[str, str | None, int]]:
    """Of each test how it ended, and how many profiles it left."""
    return [(e["test"], e["reason"], len(e["profiles"])) for e in package.events if e["event"] == "end"]


def test_only_the_tests_that_were_asked_for_run(package: Package) -> None:
    words = fake_valgrind(package, 'echo "{}" >"$out"')

    done = package.start(LIBTEST, only=["store fine", "store::api fails"], valgrind=words)

    assert done.returncode == 0, done.stderr
    assert "running 1 test\ntest fine ... ok\n" in done.stdout
    assert ends(package) == [("store fine", None, 1)]
    assert package.events[0] == {"event": "binary", "binary": "store", "tests": 1, "ignored": 0, "filtered": 2}


def test_a_program_that_was_not_asked_for_does_not_run(package: Package) -> None:
    done = package.start("touch ran", test=False, only=["other"])

    assert done.returncode == 0
    assert not (package.directory / "ran").exists()
    assert package.events == [{"event": "binary", "binary": "store", "tests": 0, "ignored": 0, "filtered": 1}]


def test_a_test_runs_as_often_as_wanted_and_is_one_test(package: Package) -> None:
    words = fake_valgrind(package, 'echo "{}" >"$out"')

    done = package.start(LIBTEST, only=["store fine"], repeat=3, valgrind=words)

    assert done.stdout.count("test fine ... ok") == 1
    assert [event["event"] for event in package.events] == ["binary", "start", "end"]
    assert package.events[-1]["profiles"] == [["store fine", f"binary-0001/0000{n}.json"] for n in (1, 2, 3)]


def test_after_a_run_that_failed_there_are_no_more(package: Package) -> None:
    words = fake_valgrind(package, 'echo "{}" >"$out"')

    done = package.start(LIBTEST, only=["store fails"], repeat=3, valgrind=words)

    assert done.returncode == 101
    assert ends(package) == [("store fails", "failed", 1)]


@pytest.mark.parametrize("valgrind", [True, False])
def test_a_run_that_takes_too_long_is_ended_and_the_others_go_on(package: Package, *, valgrind: bool) -> None:
    words = fake_valgrind(package, 'echo "{}" >"$out"') if valgrind else []

    done = package.start(LIBTEST, only=["store hangs", "store fine"], time_limit=2.5, valgrind=words)

    assert done.returncode == 101
    assert "test hangs ... FAILED (did not end within 2.5 s)\n" in done.stdout
    assert [(test, reason) for test, reason, _ in ends(package)] == [
        ("store fine", None),
        ("store hangs", "did not end within 2.5 s"),
    ]


def test_a_program_that_takes_too_long_is_ended(package: Package) -> None:
    done = package.start("exec sleep 1000", test=False, time_limit=0.2)

    assert done.returncode == 128 + 9
    assert package.events[-1]["reason"] == "did not end within 0.2 s"


def test_a_program_that_valgrind_leaves_without_a_profile_is_not_measured_and_said(package: Package) -> None:
    words = fake_valgrind(package, 'echo "==$$== valgrind: failed to start tool \'dhat\'" >"$log"')

    done = package.start("exit 0", test=False, valgrind=words)

    assert done.returncode == 0
    assert package.events[-2:] == [
        {
            "event": "note",
            "text": "valgrind wrote no profile of `store`: this valgrind has no DHAT: "
            "install it whole, or update it",
        },
        {"event": "end", "test": "store", "reason": None, "profiles": []},
    ]


def test_of_a_process_that_forks_its_own_profile_is_taken(package: Package) -> None:
    words = fake_valgrind(package, 'echo main >"$out"; echo child >"${out%.*}.1"')

    package.start("exit 0", test=False, valgrind=words)

    ((_, path),) = package.events[-1]["profiles"]
    assert (package.run_dir / path).read_text() == "main\n"


def test_valgrind_s_word_for_a_bad_end_is_part_of_the_reason(package: Package) -> None:
    words = fake_valgrind(package, 'echo "valgrind: Unrecognised instruction" >"$log"; kill -ILL $$')

    package.start("exit 0", test=False, valgrind=words)

    assert package.events[-1]["reason"].startswith("killed by SIGILL: valgrind does not know an instruction of it")
