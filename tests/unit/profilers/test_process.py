import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leakgate.errors import UsageError
from leakgate.profilers import process
from leakgate.profilers.process import run


def shell(script: str, cwd: Path) -> tuple[int, list[str]]:
    lines: list[str] = []
    return run(["sh", "-c", script], cwd=cwd, env=os.environ, on_line=lines.append), lines


def test_output_comes_line_by_line_and_in_order(tmp_path: Path) -> None:
    script = r"echo one; echo two >&2; printf 'a\rb\r\n\n\377'; exit 3"

    assert shell(script, tmp_path) == (3, ["one", "two", "a\rb", "", "\ufffd"])


def test_standard_output_can_be_told_apart(tmp_path: Path) -> None:
    lines: list[str] = []
    output: list[str] = []

    run(
        ["sh", "-c", "echo out; echo err >&2"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        on_line=lines.append,
        on_stdout=output.append,
    )

    assert (output, lines) == (["out"], ["err"])


def test_a_signal_that_ended_it_is_a_negative_code(tmp_path: Path) -> None:
    assert shell("kill -9 $$", tmp_path) == (-9, [])


def test_the_environment_and_directory_are_as_asked(tmp_path: Path) -> None:
    lines: list[str] = []

    run([sys.executable, "-c", "import os; print(dict(os.environ).get('A'), os.getcwd())"],
        cwd=tmp_path, env={"A": "b"}, on_line=lines.append)  # fmt: skip

    assert lines == [f"b {tmp_path}"]


@pytest.mark.parametrize(
    ("program", "directory", "message"),
    [
        ("no-such-program", ".", "`no-such-program` was not found\n  help: install it, or add it to PATH"),
        ("sh", "none", "{tmp_path}/none: the working directory does not exist"),
        ("{tmp_path}", ".", "`{tmp_path}` may not be run: Permission denied"),
    ],
)
def test_what_cannot_be_started_is_bad_usage(tmp_path: Path, program: str, directory: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        run([program.format(tmp_path=tmp_path)], cwd=tmp_path / directory, env=os.environ, on_line=print)

    assert str(caught.value) == message.format(tmp_path=tmp_path)


def test_a_daemon_that_holds_the_output_does_not_hold_us(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    holder = os.open(fifo, os.O_RDWR)

    # The daemon lives until we write to the fifo; if `run` waited for it, this test would not end.
    assert shell(f"read line <{fifo} & echo done", tmp_path) == (0, ["done"])
    os.write(holder, b"\n")
    os.close(holder)


def test_when_we_fail_the_whole_group_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 0.3)
    handles: list[int] = []

    def fail(line: str) -> None:
        handles.extend(os.pidfd_open(int(pid)) for pid in line.split())
        raise RuntimeError(line)

    with pytest.raises(RuntimeError):
        run(
            ["sh", "-c", "trap '' TERM; sleep 1000 & echo $$ $!; wait; wait"],
            cwd=tmp_path,
            env=os.environ,
            on_line=fail,
        )

    for handle in handles:
        assert select.select([handle], [], [], 10)[0]
        os.close(handle)


def test_an_interruption_while_the_process_is_being_started_ends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[int] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever Popen takes
            super().__init__(*args, **kwargs)
            started.append(self.pid)
            signal.raise_signal(signal.SIGINT)  # before the caller has the object

    monkeypatch.setattr("leakgate.profilers.process.subprocess.Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(["sleep", "600"], cwd=tmp_path, env=os.environ, on_line=print)
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)
