"""Running git: what it is given, and how it ends when it does not end by itself."""

import os
import select
import signal
import threading
from pathlib import Path
from typing import Self

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
        # As git's helper for HTTP does, the child holds the pipes and outlives its parent.
        env = fake_git(tmp_path, "exec 3> held; sleep 1000 & wait")
        with Held(tmp_path / "held") as held:
            assert runner(tmp_path, env, timeout=1)(["fetch"]) == Done(124, b"", "git did not end within 1 s")
            held.expect_end()

    def test_ctrl_c_ends_it(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "ready")
        env = fake_git(tmp_path, "exec 3> held; sleep 1000 & cat; echo > ready; wait")

        def interrupt() -> None:
            (tmp_path / "ready").read_bytes()
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        with Held(tmp_path / "held") as held:
            thread.start()
            with pytest.raises(KeyboardInterrupt):
                runner(tmp_path, env)(["fetch"])
            thread.join()
            held.expect_end()


class Held:
    """A pipe that tells when the last process that writes to it has ended."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def __enter__(self) -> Self:
        return self

    def expect_end(self) -> None:
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        assert poll.poll(30_000) == [(self._reader, select.POLLHUP)]

    def __exit__(self, *_: object) -> None:
        os.close(self._reader)
