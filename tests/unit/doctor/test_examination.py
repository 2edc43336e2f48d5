"""The doctor's whole report, and what it does where something is missing."""

import json
from pathlib import Path

import jsonschema
import pytest

from leakgate import schemas
from leakgate.doctor.examination import examine
from leakgate.doctor.rendering import render
from leakgate.doctor.report import Finding, Level, Report
from leakgate.request import Request
from machine import Machine

ODD = Path(__file__).parent / "files/odd.txt"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A project without oddities."""
    machine = Machine(tmp_path / "shop")
    machine.write(**{"Cargo.toml": '[workspace]\nmembers = ["store"]\n'})
    machine.write(**{"rust-toolchain.toml": '[toolchain]\nchannel = "1.95.0"\n'})
    machine.member("store", "src/lib.rs")
    return machine


def examined(machine: Machine, *command: str, profiler: str | None = None) -> Report:
    return examine(Request(command=command or None, profiler=profiler), machine.edges(), machine.start)


def found(report: Report, key: str) -> Finding:
    [finding] = [one for section in report.sections for one in section.findings if one.key == key]
    return finding


def errors(report: Report) -> list[str]:
    return [
        f"{one.text} → {one.remedy} ({one.exit_code})"
        for section in report.sections
        for one in section.findings
        if one.level is Level.ERROR
    ]


def test_the_whole_report(tmp_path: Path) -> None:
    machine = Machine(tmp_path, env={"PATH": "/nowhere", "HOME": "/nowhere", "RUSTC_WRAPPER": "sccache"})
    machine.write(
        **{
            "Cargo.toml": '[workspace]\nmembers = ["store", "tools"]\n',
            "leakgate.yml": (
                "version: 1\n"
                "command: cargo test --workspace\n"
                "limits: {t-end: {max: 1 MiB}}\n"
                "tests:\n  - {match: 'store::api *', limits: {t-end: {max: 0 B}}}\n"
                "ignore:\n  - {frame: 'my_cache::*', reason: a cache, expires: 2026-05-11}\n"
            ),
            "store/src/main.rs": "use std::alloc::System;\n#[global_allocator]\nstatic A: System = System;\n",
            "store/src/lib.rs": (
                '#[cfg(feature = "heap")]\n#[global_allocator]\nstatic A: dhat::Alloc = dhat::Alloc;\n'
            ),
        }
    )
    machine.member(
        "store",
        *("src/lib.rs", "src/main.rs", "tests/api.rs"),
        features={"heap": ["dep:dhat"]},
        toml='[[test]]\nname = "api"\nharness = false\n',
    )
    machine.member("tools", "src/macro.rs")
    assert render(examined(machine), "console", width=200).replace(str(tmp_path), "ROOT") == ODD.read_text("utf-8")


def test_the_page_shows_that_report() -> None:
    page = (Path(__file__).parents[3] / "docs/starting.md").read_text("utf-8")
    assert f"```text\n{ODD.read_text('utf-8').replace('ROOT', '/home/me/shop')}```\n" in page


def test_nothing_is_compiled_and_nothing_of_the_project_runs(machine: Machine) -> None:
    examined(machine)
    assert machine.asked == [
        "cargo --version",
        "cargo metadata --format-version 1 --no-deps",
        "rustc -vV",
        "valgrind --version",
        "cargo nextest --version",
        "rustc --print cfg",
    ]


def test_where_all_is_well_nothing_is_to_be_mended(machine: Machine) -> None:
    report = examined(machine)
    assert report.exit_code == 0
    assert not {Level.WARNING, Level.ERROR} & {
        one.level for section in report.sections for one in section.findings
    }
    assert render(report, "console").splitlines()[-1] == "✓ `leakgate check` would work here"


def test_a_broken_config_is_a_finding_and_the_rest_is_looked_at(machine: Machine) -> None:
    machine.write(**{"leakgate.yml": "version: 1\nlimit: {}\n"})
    report = examined(machine)
    assert errors(report) == ["leakgate.yml:2:1: unknown key `limit` → did you mean `limits`? (2)"]
    assert report.exit_code == 2
    assert found(report, "test-binaries").text == "1 of 1 can be measured: store"
    assert (
        render(report, "console").splitlines()[-1]
        == "✗ `leakgate check` would end with exit code 2: mend the 1 thing marked ✗"
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("cargo bench", "`cargo bench` cannot be profiled → leakgate runs "),
        ("cargo test --doc", "`--doc` cannot be used here: rustdoc compiles and runs doc tests, "),
    ],
)
def test_a_command_that_cannot_be_profiled(machine: Machine, command: str, said: str) -> None:
    report = examined(machine, *command.split())
    [error] = errors(report)
    assert error.startswith(said)
    assert report.exit_code == 2
    assert machine.asked == []


def test_of_a_command_around_cargo_no_more_is_known(machine: Machine) -> None:
    report = examined(machine, "make", "test")
    assert errors(report) == []
    assert found(report, "runs").text.startswith(
        "each `cargo test` and `cargo nextest run` that it starts is measured"
    )
    assert machine.asked == []


def test_without_cargo(machine: Machine) -> None:
    machine.says.clear()
    machine.packages.clear()
    assert errors(examined(machine)) == ["`cargo` was not found → install Rust: https://rustup.rs (2)"]


def test_outside_of_a_cargo_project(machine: Machine) -> None:
    machine.packages.clear()
    report = examined(machine)
    [error] = errors(report)
    assert (
        error
        == "could not find `Cargo.toml` in `/shop` or any parent → go to the directory of a cargo project (3)"
    )
    assert report.exit_code == 3


def test_a_profiler_that_cannot_run_the_command(machine: Machine) -> None:
    report = examined(machine, "cargo", "test", "--", "--list", profiler="harness")
    assert report.exit_code == 2
    assert found(report, "command").text == "`--list` runs no tests, so nothing can be measured"


def test_a_project_in_which_nothing_can_be_measured(machine: Machine) -> None:
    machine.write(**{"store/src/lib.rs": "#[global_allocator]\nstatic A: Alloc = Alloc;\n"})
    report = examined(machine)
    [error] = errors(report)
    assert error.startswith("the harness can measure none of `store` → ")
    assert report.exit_code == 3


def test_a_command_that_builds_no_test(machine: Machine) -> None:
    report = examined(machine, "cargo", "test", "--test", "api")
    [error] = errors(report)
    assert error.startswith("the command builds no test binary → choose other packages or targets: ")


def test_the_json_is_of_its_schema(machine: Machine) -> None:
    report = json.loads(render(examined(machine), "json"))
    jsonschema.Draft202012Validator(schemas.load("doctor")).validate(report)
    assert [section["key"] for section in report["sections"]] == [
        "config",
        "command",
        "project",
        "toolchain",
        "profiler",
        "baseline",
        "github",
    ]
    assert {"key": "rustc", "level": "ok", "text": "1.95.0 (59807616e) for x86_64-unknown-linux-gnu"}.items() <= (
        report["sections"][3]["findings"][1].items()
    )


def test_what_is_not_ours_cannot_write_to_the_terminal(machine: Machine) -> None:
    machine.says["cargo --version"] = "cargo \x1b[31m1.95.0\n"
    assert "cargo \\u{1b}[31m1.95.0" in render(examined(machine), "console")


def test_a_narrow_terminal(machine: Machine) -> None:
    lines = render(examined(machine), "console", width=72).splitlines()
    at = next(number for number, line in enumerate(lines) if "debug info" in line)
    assert lines[at : at + 2] == [
        "  ✓ debug info       the harness sees to it: line tables in your crates,",
        "                     and nothing is stripped",
    ]


def test_colours_are_for_terminals(machine: Machine) -> None:
    assert "\x1b[" in render(examined(machine), "console", color=True)
    assert "\x1b[" not in render(examined(machine), "console")
