from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from leakgate.dhat.profile import Mode
from leakgate.errors import UsageError
from leakgate.profilers import valgrind_tool
from leakgate.profilers.session import Session
from leakgate.profilers.suite import SuiteRequest


def session(directory: Path, version: str, mode: Mode = Mode.HEAP) -> Session:
    """A machine whose valgrind calls itself this."""
    program = directory / "valgrind"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)

    def start(
        argv: Sequence[str],
        *,
        on_line: Callable[[str], None],
        on_stdout: Callable[[str], None] | None = None,
        **_others: object,
    ) -> int:
        assert tuple(argv) == (str(program), "--version")
        (on_stdout or on_line)(version)
        return 0

    request = SuiteRequest(("cargo", "test"), directory, {"PATH": str(directory)}, directory, valgrind_mode=mode)
    return Session(request, lambda _: None, start)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("valgrind-3.19.0", "3.19.0"),
        ("valgrind-3.26.0.GIT", "3.26.0.GIT"),
        ("valgrind-3.24.0.RHEL", "3.24.0.RHEL"),
    ],
)
def test_which_valgrind_it_is(tmp_path: Path, said: str, version: str) -> None:
    assert valgrind_tool.find(session(tmp_path, said)) == valgrind_tool.Valgrind(
        str(tmp_path / "valgrind"), version
    )


@pytest.mark.parametrize(
    ("said", "mode", "message"),
    [
        ("valgrind-3.14.0", Mode.HEAP, "valgrind 3.14.0 is too old: DHAT's profiles came with 3.15"),
        ("valgrind-3.16.1", Mode.COPY, "valgrind 3.16.1 is too old: DHAT's mode `copy` came with 3.17"),
        ("hello", Mode.HEAP, "says no version: hello"),
    ],
)
def test_a_valgrind_that_cannot_be_used(tmp_path: Path, said: str, mode: Mode, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        valgrind_tool.find(session(tmp_path, said, mode))

    assert message in str(caught.value)


def test_options_from_elsewhere_do_not_count_and_each_mode_has_its_word() -> None:
    tool = valgrind_tool.Valgrind("/usr/bin/valgrind", "3.19.0")

    heap, copy = tool.words(Mode.HEAP), tool.words(Mode.COPY)

    assert heap[:3] == ["/usr/bin/valgrind", "--command-line-only=yes", "--tool=dhat"]
    assert copy == [*heap, "--mode=copy"]
