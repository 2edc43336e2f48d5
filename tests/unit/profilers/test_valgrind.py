"""The story of a program; valgrind and the program are played. `tests/e2e/test_valgrind.py` runs real ones."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from factories import dhat
from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers import valgrind
from leakgate.profilers.suite import SuiteRequest, SuiteRun

MALLOC = "0x1: malloc (in /usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so)"
SEEN = (
    MALLOC,
    "0x2: alloc (/rustc/59807616e/library/alloc/src/alloc.rs:95)",
    "0x3: app::run (/repo/src/lib.rs:4)",
)
BYPASSED = (
    MALLOC,
    "0x2: __fopen_internal (libio/iofopen.c:65)",
    "0x3: std::rt::init (/rustc/5/library/std/src/rt.rs:1)",
)


class Machine:
    """A machine with valgrind and a program, which left this profile.

    Attributes:
        plan: What the runner would have been told.
    """

    def __init__(self, directory: Path, profile: bytes | None, name: str = "server") -> None:
        self.directory = directory
        self.profile = profile
        self.name = name
        self.plan: dict[str, Any] = {}
        (directory / "valgrind").write_text("#!/bin/sh\n")
        (directory / name).write_bytes(
            b"\x7fELF/lib64/ld-linux-x86-64.so.2" + bytes(5000) + b"RUST_BACKTRACE mi_malloc"
        )
        for program in ("valgrind", name):
            (directory / program).chmod(0o755)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,  # noqa: ARG002 - the protocol's
        env: Mapping[str, str],  # noqa: ARG002
        on_line: Callable[[str], None],
        on_stdout: Callable[[str], None] | None = None,
        **_others: object,
    ) -> int:
        if argv[-1] == "--version":
            (on_stdout or on_line)("valgrind-3.19.0")
        elif "-I" in argv:  # our runner
            self.plan = json.loads((self.directory / "plan.json").read_text())
            self._run()
        return 0

    def _run(self) -> None:
        events: list[dict[str, Any]] = [
            {"event": "binary", "binary": self.name, "tests": 1, "ignored": 0, "filtered": 0}
        ]
        if self.profile is not None:
            (self.directory / "1.json").write_bytes(self.profile)
            profiles = [[self.name, "1.json"]]
            events.append({"event": "start", "test": self.name})
            events.append({"event": "end", "test": self.name, "reason": None, "seconds": 1, "profiles": profiles})
        (self.directory / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))

    def measure(self, *command: str) -> SuiteRun:
        request = SuiteRequest(command, self.directory, {"PATH": str(self.directory)}, self.directory)
        return valgrind.profile(request, lambda _: None, self)


@pytest.mark.parametrize("name", ["server", "my server"])
def test_a_program_is_one_profile(tmp_path: Path, name: str) -> None:
    machine = Machine(tmp_path, dhat((SEEN, {}), mode="heap"), name)

    run = machine.measure(f"./{name}", "--once")

    assert [profile.test for profile in run.profiles] == [name]
    assert (run.unmeasured, run.failed, run.unaccounted, run.notes) == ((), (), None, ())
    assert run.fingerprint == {
        "profiler": "valgrind",
        "profiler-version": "3.19.0",
        "mode": "heap",
        "allocator": "system",
        "rounds": "1",
    }
    assert machine.plan["binaries"] == {str(tmp_path / name): {"id": name, "test": False}}
    assert machine.plan["valgrind"][:2] == [str(tmp_path / "valgrind"), "--command-line-only=yes"]


def test_a_bypassed_allocator_makes_it_not_measured(tmp_path: Path) -> None:
    run = Machine(tmp_path, dhat((BYPASSED, {}), mode="heap")).measure("server")

    assert (run.profiles, run.unmeasured) == ((), ("server",))
    (note,) = run.notes
    assert note == (
        "`server` was not measured: its global allocator does not use malloc, which is all that valgrind sees "
        "(mimalloc); leave the allocator out of test builds, `#[cfg(not(test))]`, or have it call malloc"
    )


def test_where_lines_are_missing_the_line_that_mends_it_is_said(tmp_path: Path) -> None:
    lineless = (*SEEN[:2], "0x3: app::run (in /repo/server)")

    run = Machine(tmp_path, dhat((lineless, {}), mode="heap")).measure("server")

    assert run.unmeasured == ()
    (note,) = run.notes
    assert note == (
        '`server`: its functions have names and no lines; for lines build it with `debug = "line-tables-only"` in '
        "its cargo profile, or update valgrind: 3.19.0 does not read every Rust binary"
    )


def test_a_run_without_any_test_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="no test of it ran"):
        Machine(tmp_path, None).measure("server")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("./none", "`./none` was not found, or may not be run"),
        (
            "valgrind",
            (
                "`valgrind` is a script: valgrind would measure its interpreter, and nothing that it starts\n"
                "  help: name the program itself, or `cargo test …`"
            ),
        ),
        (
            "cargo nextest run",
            (
                "cargo nextest run: valgrind cannot measure under nextest\n"
                "  help: write `cargo test`: each test gets a process of its own there too"
            ),
        ),
        ("cargo fmt", "`cargo fmt` cannot be profiled"),
    ],
)
def test_what_cannot_be_run_in_valgrind(tmp_path: Path, command: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Machine(tmp_path, None).measure(*command.split())

    assert str(caught.value).startswith(message)
