"""Nothing outlives us: see `leakgate.profilers.guard`."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

_RUNS_A_COMMAND = """
import os, pathlib
from leakgate.profilers.process import run
told = lambda line: print(line, flush=True)
run(["sh", "-c", "sleep 1000 & echo $$ $!; wait"], cwd=pathlib.Path("."), env=os.environ, on_line=told)
"""


def test_when_we_are_killed_the_whole_group_ends(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _RUNS_A_COMMAND], cwd=tmp_path, stdout=subprocess.PIPE) as ours:
        assert ours.stdout is not None
        handles = [os.pidfd_open(int(pid)) for pid in ours.stdout.readline().split()]
        ours.send_signal(signal.SIGKILL)

    assert len(handles) == 2
    for handle in handles:
        assert select.select([handle], [], [], 10)[0]
        os.close(handle)


def test_what_a_command_that_has_ended_leaves_is_let_be(tmp_path: Path) -> None:
    # As under the command alone: only a run that was cut off is cleaned up behind.
    leaves = _RUNS_A_COMMAND.replace("; wait", "")
    with subprocess.Popen([sys.executable, "-c", leaves], cwd=tmp_path, stdout=subprocess.PIPE) as ours:
        assert ours.stdout is not None
        left = int(ours.stdout.readline().split()[1])
        ours.wait()

    handle = os.pidfd_open(left)
    os.kill(left, signal.SIGKILL)
    assert select.select([handle], [], [], 10)[0]
    os.close(handle)
