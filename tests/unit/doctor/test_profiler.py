"""Which profiler, and what it needs."""

from dataclasses import replace
from pathlib import Path

import pytest

from leakgate.doctor.examination import examine
from leakgate.doctor.report import Finding
from leakgate.edges import Edges
from leakgate.profilers.table import PROFILERS
from leakgate.request import Request
from machine import Machine

WITH_DHAT = 'version = 4\n[[package]]\nname = "dhat"\nversion = "0.3.3"\n'


def shop(tmp_path: Path, lock: str = WITH_DHAT) -> Machine:
    machine = Machine(tmp_path)
    machine.write(**{"Cargo.toml": "[workspace]\n", "Cargo.lock": lock})
    machine.member("store", "src/lib.rs", features={"heap": ["dep:dhat"]})
    return machine


def examined(
    machine: Machine, words: str = "cargo test", profiler: str | None = None, edges: Edges | None = None
) -> dict[str, Finding]:
    """The findings on the command and the profiler by their keys."""
    request = Request(command=tuple(words.split()), profiler=profiler)
    report = examine(request, edges or machine.edges(), machine.start)
    found = {section.key: section.findings for section in report.sections}
    return {one.key: one for one in (*found["command"], *found.get("profiler", ()))}


@pytest.mark.parametrize(
    ("words", "profiler", "said"),
    [
        ("cargo test", None, "harness: the command switches on no dhat of the project's own"),
        ("cargo test --features heap", None, "dhat-rs: the command switches on `store/heap`"),
        ("cargo run", None, "harness: the command switches on no dhat of the project's own"),
        ("cargo test", "dhat-rs", "dhat-rs: the command line says so"),
    ],
)
def test_which_and_why(tmp_path: Path, words: str, profiler: str | None, said: str) -> None:
    assert examined(shop(tmp_path), words, profiler)["profiler"].text == said


def test_a_program_gets_the_harness_too(tmp_path: Path) -> None:
    found = examined(shop(tmp_path), "cargo run")
    assert found["injected"].text == "leakgate's harness into the program, by `--config build.rustc-wrapper=…`"


def test_the_config_says_which(tmp_path: Path) -> None:
    machine = shop(tmp_path)
    machine.write(**{"leakgate.yml": "version: 1\nprofiler: harness\n"})
    assert examined(machine)["profiler"].text == "harness: leakgate.yml says so"


def test_the_projects_own_build_is_where_dhat_is(tmp_path: Path) -> None:
    found = examined(shop(tmp_path), "cargo test --features heap")
    assert found["target-directory"].text == str(tmp_path / "target")
    assert "injected" not in found


def test_dhat_that_is_not_in_the_lock_file(tmp_path: Path) -> None:
    found = examined(shop(tmp_path, 'version = 4\n[[package]]\nname = "store"\n'), profiler="dhat-rs")["dhat"]
    assert (found.level, found.exit_code, found.text, found.remedy) == (
        "error",
        2,
        "dhat is not part of this build: its feature is off",
        "add `--features store/heap` to the command",
    )


def test_dhat_that_is_off(tmp_path: Path) -> None:
    found = examined(shop(tmp_path), profiler="dhat-rs")["dhat"]
    assert (found.level, found.remedy) == ("warning", "add `--features store/heap` to the command")


def test_a_release_build_with_dhat_names_no_lines(tmp_path: Path) -> None:
    found = examined(shop(tmp_path), "cargo test --release --features heap")["debug-info"]
    assert found.level == "warning"
    assert found.remedy is not None
    assert found.remedy.startswith('write `debug = "limited"` below `[profile.release]` in Cargo.toml, or set ')


def test_the_versions_of_the_tools(tmp_path: Path) -> None:
    machine = shop(tmp_path)
    machine.says |= {
        "valgrind --version": "valgrind-3.19.0\n",
        "cargo nextest --version": "cargo-nextest 0.9.148\n",
    }
    found = examined(machine)
    assert (found["valgrind"].text, found["nextest"].text) == ("valgrind-3.19.0", "cargo-nextest 0.9.148")


def test_valgrind_that_is_needed_and_missing(tmp_path: Path) -> None:
    machine = shop(tmp_path)
    edges = replace(machine.edges(), profilers={**PROFILERS, "valgrind": PROFILERS["auto"]})
    found = examined(machine, profiler="valgrind", edges=edges)["valgrind"]
    assert (found.level, found.exit_code, found.remedy) == ("error", 2, "sudo apt-get install valgrind")


@pytest.mark.parametrize(
    ("version", "finding"),
    [
        ("valgrind-3.19.0\n", ("ok", None, "3.19.0", None)),
        (
            "valgrind-3.14.0\n",
            ("error", 2, "valgrind 3.14.0 is too old: DHAT's profiles came with 3.15", "update it"),
        ),
    ],
)
@pytest.mark.parametrize("words", ["cargo test", "./target/debug/server --once"])
def test_valgrind_must_be_new_enough(
    tmp_path: Path, words: str, version: str, finding: tuple[str, int | None, str, str | None]
) -> None:
    machine = shop(tmp_path)
    machine.says["valgrind --version"] = version
    found = examined(machine, words, "valgrind")["valgrind"]
    assert (found.level, found.exit_code, found.text, found.remedy) == finding


@pytest.mark.parametrize(
    ("profiler", "text"),
    [
        ("valgrind", "valgrind cannot measure under nextest"),
        ("dhat-rs", "a project's own dhat cannot be measured under nextest"),
    ],
)
def test_nextest_runs_in_none_but_the_harness(tmp_path: Path, profiler: str, text: str) -> None:
    found = examined(shop(tmp_path), "cargo nextest run", profiler)["command"]
    assert (found.level, found.exit_code, found.text) == ("error", 2, text)


@pytest.mark.parametrize(
    ("words", "profiler", "why"),
    [
        ("cargo test", "auto", "this command runs tests"),
        ("cargo run", "dhat-rs", "a program with dhat in it does not say when it can be driven"),
        ("cargo run", "valgrind", "valgrind does not say when a program can be driven"),
        ("./target/debug/server", "valgrind", "valgrind does not say when a program can be driven"),
        ("make test", "harness", "this command is none that runs one"),
    ],
)
def test_a_load_that_could_drive_nothing(tmp_path: Path, words: str, profiler: str, why: str) -> None:
    machine = shop(tmp_path)
    machine.write(**{"leakgate.yml": "version: 1\nload: ./load.sh\n"})
    found = examined(machine, words, profiler)["command"]
    assert (found.level, found.exit_code) == ("error", 2)
    assert found.text == f"a load drives a program under leakgate's harness: {why}"


def test_a_load_for_a_program(tmp_path: Path) -> None:
    machine = shop(tmp_path)
    machine.write(**{"leakgate.yml": "version: 1\nload: ./load.sh\n"})
    assert "command" not in examined(machine, "cargo run")


def test_a_program_that_valgrind_runs(tmp_path: Path) -> None:
    machine = shop(tmp_path)
    found = examined(machine, "./target/debug/server --once", "valgrind")
    assert found["runs"].text == "valgrind runs this program as it is; it must have been compiled before"
    assert "cargo metadata --no-deps --format-version 1" not in machine.asked
