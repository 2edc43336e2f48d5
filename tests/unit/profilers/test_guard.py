"""Nothing outlives us: see `leakgate.profilers.guard`."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

_RUNS_A_COMMAND = """
import os, pathlib
from leakgate.profilers.process import run
told = lambda line: print(line, flush=True)
run(["sh", "-c", "exec 3>alive; {}sleep 1000 & echo $$ $!{}"], cwd=pathlib.Path("."), env=os.environ, on_line=told)
"""
"""Each process of the command holds the pipe `alive` open."""


def ended(alive: int) -> bool:
    """Whether nobody holds the pipe any more, within the time that the guard takes."""
    return bool(select.select([alive], [], [], 20)[0]) and os.read(alive, 1) == b""


@pytest.mark.parametrize("stubborn", ["", "trap : TERM; "])
def test_when_we_are_killed_the_whole_group_ends(tmp_path: Path, stubborn: str) -> None:
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    script = _RUNS_A_COMMAND.format(stubborn, "; while :; do wait; done")
    with subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE) as ours:
        assert ours.stdout is not None
        assert len(ours.stdout.readline().split()) == 2
        ours.send_signal(signal.SIGKILL)

    assert ended(alive)
    os.close(alive)


def test_what_a_command_that_has_ended_leaves_is_let_be(tmp_path: Path) -> None:
    # As under the command alone: only a run that was cut off is cleaned up behind.
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    script = _RUNS_A_COMMAND.format("", "")
    with subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE) as ours:
        assert ours.stdout is not None
        left = int(ours.stdout.readline().split()[1])
        ours.wait()

    os.kill(left, signal.SIGKILL)  # it is still there
    assert ended(alive)
    os.close(alive)
