"""Which test binaries can be measured, by what the sources show."""

from pathlib import Path

import pytest

from leakgate.doctor import project
from leakgate.doctor.project import Known
from leakgate.doctor.report import Finding
from leakgate.profilers.cargo import command
from leakgate.profilers.cargo.build import read_metadata
from leakgate.profilers.session import Session
from leakgate.profilers.suite import SuiteRequest
from machine import Machine

ALLOCATOR = "#[global_allocator]\nstatic A: A = A;\n"


def examined(
    machine: Machine, words: str = "cargo test", profiler: str = "harness", stands_in: str | None = None
) -> list[Finding]:
    """What is said of the test binaries, and of what keeps some from being measured."""
    asked = command.parse(words.split())
    session = Session(
        SuiteRequest(asked.measure(), machine.root, machine.env, Path()), lambda _: None, machine.start
    )
    metadata = read_metadata(session.output(asked.metadata()))
    known = Known(profiler, stands_in, ('target_env="gnu"', "unix"))
    return [*project.examine(asked, metadata, session, known).findings[2:]]


def shop(tmp_path: Path, **files: str) -> Machine:
    """A member with a library, a program and a test, and one that is a library alone."""
    machine = Machine(tmp_path)
    machine.write(**files)
    machine.member("store", "src/lib.rs", "src/main.rs", "tests/api.rs", features={"heap": [], "default": []})
    machine.member("tools", "src/lib.rs")
    return machine


@pytest.mark.parametrize(
    ("file", "text", "command", "measurable"),
    [
        (
            "store/src/lib.rs",
            "",
            "cargo test",
            "4 of 4 can be measured: store, store::bin/store, store::api, tools",
        ),
        # a library's is in all that links it, and so is that of its modules
        ("store/src/lib.rs", ALLOCATOR, "cargo test", "1 of 4 can be measured: tools"),
        ("store/src/memory.rs", ALLOCATOR, "cargo test", "1 of 4 can be measured: tools"),
        # a program's, or a test's, is in itself alone
        ("store/src/main.rs", ALLOCATOR, "cargo test", "3 of 4 can be measured: store, store::api, tools"),
        ("store/tests/api.rs", ALLOCATOR, "cargo test", "3 of 4 can be measured: store, store::bin/store, tools"),
        # where it is for tests, the library's own tests have it, and nothing that links the library
        (
            "store/src/lib.rs",
            f"#[cfg(test)]\n{ALLOCATOR}",
            "cargo test",
            "3 of 4 can be measured: store::bin/store, store::api, tools",
        ),
        (
            "store/src/lib.rs",
            f"#[cfg(not(test))]\n{ALLOCATOR}",
            "cargo test",
            "2 of 4 can be measured: store, tools",
        ),
        # a feature decides, and so does the target
        (
            "store/src/main.rs",
            f'#[cfg(feature = "heap")]\n{ALLOCATOR}',
            "cargo test",
            "4 of 4 can be measured: store, store::bin/store, store::api, tools",
        ),
        (
            "store/src/main.rs",
            f'#[cfg(feature = "heap")]\n{ALLOCATOR}',
            "cargo test --features heap",
            "3 of 4 can be measured: store, store::api, tools",
        ),
        (
            "store/src/main.rs",
            f'#[cfg(target_env = "msvc")]\n{ALLOCATOR}',
            "cargo test",
            "4 of 4 can be measured: store, store::bin/store, store::api, tools",
        ),
        # what is not known counts as there
        (
            "store/src/main.rs",
            f"#[cfg(loom)]\n{ALLOCATOR}",
            "cargo test",
            "3 of 4 can be measured: store, store::api, tools",
        ),
        # no member's
        (
            "scripts/tool.rs",
            ALLOCATOR,
            "cargo test",
            "4 of 4 can be measured: store, store::bin/store, store::api, tools",
        ),
    ],
)
def test_an_allocator_of_their_own(tmp_path: Path, file: str, text: str, command: str, measurable: str) -> None:
    first, *others = examined(shop(tmp_path, **{file: text}), command)
    assert (first.level, first.text) == ("ok", measurable)
    assert [one.key for one in others] == ([] if measurable.startswith("4") else ["allocator"])


@pytest.mark.parametrize(
    ("uses", "measurable"),
    [
        ([], "app"),
        (["memory"], ""),
        (["dev:memory"], ""),
        (["between"], ""),
        (["dev:between"], ""),
        (["optional:memory"], "app"),
        (["tested"], "app"),
    ],
)
def test_an_allocator_of_a_member_that_is_linked(tmp_path: Path, uses: list[str], measurable: str) -> None:
    machine = Machine(tmp_path)
    machine.write(**{"memory/src/lib.rs": ALLOCATOR})
    machine.member("memory", "src/lib.rs")
    machine.member("between", "src/lib.rs", uses=["memory"])
    machine.member("tested", "src/lib.rs", uses=["dev:memory"])
    machine.member("app", "src/lib.rs", uses=uses)
    first, *_ = examined(machine, "cargo test -p app")
    assert first.text == (
        f"1 of 1 can be measured: {measurable}" if measurable else "the harness can measure none of `app`"
    )


def test_where_it_only_seems_that_nothing_can_be_measured_a_check_may_try(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write(**{"store/src/lib.rs": f"#[cfg(loom)]\n{ALLOCATOR}"})
    machine.member("store", "src/lib.rs")
    first, _ = examined(machine)
    assert (first.level, first.text) == ("warning", "it seems that the harness can measure none of `store`")


def test_another_profiler_stands_in(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write(**{"store/src/lib.rs": ALLOCATOR})
    machine.member("store", "src/lib.rs")
    first, _ = examined(machine, stands_in="valgrind")
    assert (first.level, first.text) == (
        "info",
        "the harness can measure none of `store`: `auto` then takes `valgrind`",
    )


def test_dhat_needs_its_allocator(tmp_path: Path) -> None:
    first, second = examined(shop(tmp_path, **{"store/src/lib.rs": ALLOCATOR}), profiler="dhat-rs")
    assert first.text == "4 will run: store, store::bin/store, store::api, tools"
    assert (second.level, second.text, second.remedy) == (
        "warning",
        "no `#[global_allocator]` was seen for `tools`: without dhat's, tests measure 0",
        "#[global_allocator] static ALLOCATOR: dhat::Alloc = dhat::Alloc;",
    )


def test_a_program_is_no_test(tmp_path: Path) -> None:
    assert examined(shop(tmp_path), "cargo run") == []


def test_many_names_are_counted(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for number in range(14):
        machine.member(f"crate-{number:02}", "src/lib.rs")
    [found] = examined(machine)
    assert found.text.endswith("crate-10, crate-11 and 2 more")
