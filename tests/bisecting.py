"""A project to bisect without cargo: a suite that reads its figures from a file, and the step that git starts.

The file is called `suite`. Each of its lines is a test and the bytes that it leaves behind, with its peak before
them where that is higher (`9000^100`); or one of the words below for what else may become of a commit.
"""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from factories import FINGERPRINT, dhat
from leakgate.bisect.step import Bench, GitIn, step
from leakgate.dhat.frames import Workspace
from leakgate.edges import Edges
from leakgate.errors import MeasurementError
from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.suite import FailedTest, OutputLine, Progress, SuiteRequest, SuiteRun, TestProfile

ENV = {
    **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-11-02T10:00:00+01:00",
    "GIT_COMMITTER_DATE": "2026-11-02T10:00:00+01:00",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
STEP = (sys.executable, __file__)

UNCOMPILABLE = "does not compile"
NEWER_COMPILER = "newer compiler"
BUG = "bug"
FAILED = "failed"
"""In place of the bytes."""


def suite(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """A profiler. It runs the tests that the command names behind `--exact`, as libtest does."""
    del start  # a profiler's, and not needed to make files
    lock = request.cwd / "Cargo.lock"
    _log(request.env.get("COMMANDS"), " ".join(request.command))
    _log(request.env.get("LOCKS"), lock.read_text() if lock.exists() else "none")
    lines = (request.cwd / "suite").read_text().splitlines()
    progress(OutputLine("Compiling shop"))
    if UNCOMPILABLE in lines:
        progress(OutputLine("error: expected `;`"))
        progress(OutputLine("  --> src/lib.rs:9"))
        raise MeasurementError("cargo could not build the tests")
    if BUG in lines:
        raise ZeroDivisionError
    tests = [line.rpartition(" ")[::2] for line in lines if line != NEWER_COMPILER]
    if "--exact" in request.command:
        tests = [(test, figure) for test, figure in tests if test.partition(" ")[2] == request.command[-1]]
    if not tests:
        raise MeasurementError("no test matched")
    lock.write_text("changed by the build")
    written = []
    for number, (test, figure) in enumerate(tests):
        if figure != FAILED:
            path = request.run_dir / f"{number}.json"
            peak, _, end = figure.rpartition("^")
            counts = {"tb": int(peak or end), "eb": int(end)}
            path.write_bytes(dhat((("shop::put (src/lib.rs:3:9)",), counts)))
            written.append(TestProfile(test, path))
    failed = tuple(FailedTest(test, "failed") for test, figure in tests if figure == FAILED)
    rustc = {"rustc": "1.96.0"} if NEWER_COMPILER in lines else {}
    return SuiteRun(tuple(written), (), failed, 0, None, {**FINGERPRINT, **rustc}, Workspace({}, ()))


def _log(path: str | None, line: str) -> None:
    if path is not None:
        with Path(path).open("a") as log:
            log.write(f"{line}\n")


def edges(cwd: Path, progress: Progress, env: Mapping[str, str] = ENV) -> Edges:
    return Edges(
        cwd=cwd,
        root=cwd,
        env=env,
        git=Checkout(runner(cwd, env)),
        profilers={"auto": suite},
        progress=progress,
        note=lambda _text: None,
        now=datetime(2026, 11, 20, tzinfo=UTC),
    )


def git_in(env: Mapping[str, str] = ENV) -> GitIn:
    return partial(runner, env=env)


if __name__ == "__main__":
    here = edges(Path.cwd(), lambda _event: None, os.environ)
    sys.exit(step(Bench(Path(sys.argv[1])), here, git_in(os.environ)))
