"""Running git: what it is given, and how it ends when it does not end by itself."""

import os
import signal
import threading
from pathlib import Path

import pytest

from leakgate.git.command import Done, runner


def fake_git(directory: Path, script: str) -> dict[str, str]:
    """An environment in which `git` is a shell script."""
    bin_directory = directory / "bin"
    bin_directory.mkdir()
    (bin_directory / "git").write_text(f"#!/bin/sh\n{script}\n")
    (bin_directory / "git").chmod(0o755)
    return {"PATH": f"{bin_directory}{os.pathsep}{os.environ['PATH']}"}


class TestRunner:
    def test_what_git_said(self, tmp_path: Path) -> None:
        env = fake_git(tmp_path, 'cat; echo "in $PWD: $*"; echo trouble >&2; exit 3')
        done = runner(tmp_path, env)(["status", "-z"], stdin=b"given\n")
        assert done == Done(3, f"given\nin {tmp_path}: status -z\n".encode(), "trouble")

    def test_variables_that_point_elsewhere_are_left_out(self, tmp_path: Path) -> None:
        env = fake_git(tmp_path, "env") | {"GIT_DIR": "/elsewhere", "GIT_CONFIG_COUNT": "0", "HOME": "/home"}
        said = runner(tmp_path, env)(["status"], env={"GIT_DIR": "/here"}).text.splitlines()
        assert {"GIT_DIR=/here", "GIT_CONFIG_COUNT=0", "HOME=/home", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"} <= set(
            said
        )
        assert not any("elsewhere" in line for line in said)

    def test_there_is_no_git(self, tmp_path: Path) -> None:
        assert runner(tmp_path, {"PATH": str(tmp_path)})(["status"]) == Done(
            127, b"", "git cannot be run: No such file or directory"
        )

    def test_one_that_takes_too_long_ends_with_all_that_it_started(self, tmp_path: Path) -> None:
        # As git's helper for HTTP does, the child outlives its parent and holds the pipes.
        env = fake_git(tmp_path, "sleep 1000 & echo $! > child; wait")
        assert runner(tmp_path, env, timeout=0.5)(["fetch"]) == Done(124, b"", "git did not end within 0 s")
        child = int((tmp_path / "child").read_text())
        assert not _is_running(child)

    def test_ctrl_c_ends_it(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "ready")
        env = fake_git(tmp_path, "sleep 1000 & echo $! > child; echo > ready; wait")

        def interrupt() -> None:
            (tmp_path / "ready").read_bytes()
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            runner(tmp_path, env)(["fetch"])
        thread.join()
        assert not _is_running(int((tmp_path / "child").read_text()))


def _is_running(pid: int) -> bool:
    """A process that has ended and waits for its parent does not run."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}
