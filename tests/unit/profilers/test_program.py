"""What real programs do is in `tests/e2e/test_programs.py`; here is what no compiler of today does."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from leakgate.errors import UsageError
from leakgate.profilers import program
from leakgate.profilers.cargo import command
from leakgate.profilers.cargo.build import Metadata
from leakgate.profilers.session import Session
from leakgate.profilers.suite import SuiteRequest


def test_a_compiler_that_is_too_old_is_told_before_anything_is_compiled(tmp_path: Path) -> None:
    calls: list[Sequence[str]] = []

    def start(argv: Sequence[str], *, on_stdout: Callable[[str], None], **_others: object) -> int:
        calls.append(argv)
        on_stdout("release: 1.70.0\ncommit-hash: 90c541806f23\nhost: here")
        return 0

    request = SuiteRequest(("cargo", "run"), tmp_path, {"HOME": str(tmp_path)}, tmp_path)
    session = Session(request, lambda _event: None, start)  # type: ignore[arg-type] # as `Session` calls it

    with pytest.raises(UsageError) as caught:
        program.measure(command.parse(request.command), Metadata((), "/none", "/none/target"), session)

    assert str(caught.value) == (
        "rustc 1.70.0 (90c541806) cannot have the harness in a program\n"
        "  help: use rustc 1.71 or newer; tests can be measured with this one"
    )
    assert calls == [("rustc", "-vV")]
