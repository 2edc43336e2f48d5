"""Each test in a process of its own: cargo is run so that our runner (`isolate.py`) starts every test binary."""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from leakgate.profilers.cargo.build import Build
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.child import isolate, launch, runner
from leakgate.profilers.events import Ledger, decode, following
from leakgate.profilers.session import Session
from leakgate.profilers.suite import SuiteRequest


def measure(  # noqa: PLR0913 - one thing each of what the harness and dhat-rs do differently
    asked: CargoCommand,
    build: Build,
    targets: Sequence[str],
    session: Session,
    env: Mapping[str, str],
    *,
    raw: bool = False,
) -> tuple[Ledger, int]:
    """Let cargo run the user's command with our runner, and enter what the runner tells.

    Args:
        asked: The command.
        build: What it built.
        targets: The triples of the executables.
        session: Runs it.
        env: Cargo's environment.
        raw: The tests write raw profiles of the harness's instead of DHAT files.

    Returns:
        The closed ledger, and cargo's exit code.
    """
    request = session.request
    run_dir = request.run_dir.resolve()
    expected = sum(binary.test for binary in build.binaries.values()) if asked.verb is Verb.TEST else 1
    ledger = Ledger(run_dir, expected)
    follow = following(run_dir / isolate.EVENTS, decode, ledger, session.progress)

    def line(text: str) -> None:
        follow()
        session.line(text)

    names = ["CARGO_TARGET_" + re.sub("[^A-Z0-9]", "_", target.upper()) + "_RUNNER" for target in targets]
    with _runner_words() as words, _lifeline() as lifeline:
        plan = {**_plan(build, request, env, names), "lifeline": lifeline, "raw": raw}
        (run_dir / launch.PLAN).write_text(json.dumps(plan), encoding="utf-8")
        ours = {**env, launch.RUN_DIR: str(run_dir), **dict.fromkeys(names, words)}
        code = session.start(
            asked.measure(), cwd=request.cwd, env=ours, on_line=line, on_tick=follow, inherit=(lifeline,)
        )
    follow()
    ledger.close()
    return ledger, code


def _plan(build: Build, request: SuiteRequest, env: Mapping[str, str], names: Sequence[str]) -> dict[str, object]:
    """What the runner must know; see `launch.PLAN`."""
    return {
        "binaries": {
            os.path.realpath(path): {"id": binary.id, "test": binary.test}
            for path, binary in build.binaries.items()
        },
        "jobs": request.jobs,
        "runner": next((env[name].split() for name in names if env.get(name)), []),
        "restore": {name: request.env.get(name) for name in (*names, *(env.keys() ^ request.env.keys()))},
    }


@contextmanager
def _runner_words() -> Iterator[str]:
    """The command that starts the runner. Cargo splits it at white space: paths that hold some get a link."""
    paths = [sys.executable, str(Path(runner.__file__).resolve())]
    if not any(re.search(r"\s", path) for path in paths):
        yield " ".join([paths[0], "-I", "-S", paths[1]])
        return
    beneath = None if not re.search(r"\s", tempfile.gettempdir()) else "/tmp"  # noqa: S108 - mkdtemp makes it private
    with tempfile.TemporaryDirectory(prefix="leakgate-", dir=beneath) as directory:
        links = [Path(directory) / "python", Path(directory) / "runner.py"]
        for link, path in zip(links, paths, strict=True):
            link.symlink_to(path)
        yield f"{links[0]} -I -S {links[1]}"


@contextmanager
def _lifeline() -> Iterator[int]:
    """A pipe whose write end we hold: the kernel closes it when we die, and the runner is told."""
    reader, writer = os.pipe()
    try:
        yield reader
    finally:
        os.close(reader)
        os.close(writer)
