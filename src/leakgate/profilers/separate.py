"""Each test in a process of its own: cargo is run so that our runner (`isolate.py`) starts every test binary."""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from leakgate.profilers.cargo.build import Binary, Build
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.child import isolate, launch, runner
from leakgate.profilers.child.plan import PLAN
from leakgate.profilers.events import Ledger, decode, following
from leakgate.profilers.session import Session
from leakgate.profilers.suite import SuiteRequest


def measure(  # noqa: PLR0913 - one thing each of what the profilers do differently
    asked: CargoCommand,
    build: Build,
    targets: Sequence[str],
    session: Session,
    env: Mapping[str, str],
    *,
    raw: bool = False,
    valgrind: Sequence[str] = (),
) -> tuple[Ledger, int]:
    """Let cargo run the user's command with our runner, and enter what the runner tells.

    Args:
        asked: The command.
        build: What it built.
        targets: The triples of the executables.
        session: Runs it.
        env: Cargo's environment.
        raw: The tests write raw profiles of the harness's instead of DHAT files.
        valgrind: The words that run a program in valgrind, which writes the DHAT files; empty: they run by
            themselves.

    Returns:
        The closed ledger, and cargo's exit code.
    """
    names = ["CARGO_TARGET_" + re.sub("[^A-Z0-9]", "_", target.upper()) + "_RUNNER" for target in targets]
    expected = sum(binary.test for binary in build.binaries.values()) if asked.verb is Verb.TEST else 1
    plan = _plan(build.binaries, session.request, env, names) | {"raw": raw, "valgrind": list(valgrind)}

    def command(words: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
        return asked.measure(), dict.fromkeys(names, " ".join(words))

    return _run(command, plan, Ledger(session.request.run_dir.resolve(), expected), session, env)


def measure_program(
    argv: Sequence[str], binary: Binary, session: Session, valgrind: Sequence[str]
) -> tuple[Ledger, int]:
    """Run a program, or each test of a test binary, without cargo; see `measure`.

    Args:
        argv: The program's path and its arguments.
        binary: What it is called.
        session: Runs it.
        valgrind: See `measure`.
    """
    env = session.request.env
    plan = _plan({argv[0]: binary}, session.request, env, ()) | {"raw": False, "valgrind": list(valgrind)}

    def command(words: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
        return (*words, *argv), {}

    return _run(command, plan, Ledger(session.request.run_dir.resolve(), 1), session, env)


def _run(
    command: Callable[[Sequence[str]], tuple[tuple[str, ...], dict[str, str]]],
    plan: Mapping[str, object],
    ledger: Ledger,
    session: Session,
    env: Mapping[str, str],
) -> tuple[Ledger, int]:
    """Run a command that starts our runner, which reads the plan.

    Args:
        command: The words that start the runner → the command, and the variables it needs.
        plan: See `plan.Plan`, without what is only known here.
        ledger: What is told goes here.
        session: Runs it.
        env: The command's other variables.
    """
    run_dir = ledger.run_dir
    follow = following(run_dir / isolate.EVENTS, decode, ledger, session.progress)

    def line(text: str) -> None:
        follow()
        session.line(text)

    with _runner_words() as words, _lifeline() as lifeline:
        (run_dir / PLAN).write_text(json.dumps({**plan, "lifeline": lifeline}), encoding="utf-8")
        argv, variables = command(words)
        ours = {**env, launch.RUN_DIR: str(run_dir), **variables}
        code = session.start(
            argv, cwd=session.request.cwd, env=ours, on_line=line, on_tick=follow, inherit=(lifeline,)
        )
    follow()
    ledger.close()
    return ledger, code


def _plan(
    binaries: Mapping[str, Binary], request: SuiteRequest, env: Mapping[str, str], names: Sequence[str]
) -> dict[str, object]:
    """What the runner must know of the run; see `plan.Plan`."""
    return {
        "binaries": {
            os.path.realpath(path): {"id": binary.id, "test": binary.test} for path, binary in binaries.items()
        },
        "jobs": request.jobs,
        "only": request.only,
        "repeat": request.repeat,
        "time_limit": request.time_limit,
        "runner": next((env[name].split() for name in names if env.get(name)), []),
        "restore": {name: request.env.get(name) for name in (*names, *(env.keys() ^ request.env.keys()))},
    }


@contextmanager
def _runner_words() -> Iterator[tuple[str, ...]]:
    """The words that start the runner. Cargo splits them at white space: paths that hold some get a link."""
    paths = [sys.executable, str(Path(runner.__file__).resolve())]
    if not any(re.search(r"\s", path) for path in paths):
        yield paths[0], "-I", "-S", paths[1]
        return
    beneath = None if not re.search(r"\s", tempfile.gettempdir()) else "/tmp"  # noqa: S108 - mkdtemp makes it private
    with tempfile.TemporaryDirectory(prefix="leakgate-", dir=beneath) as directory:
        links = [Path(directory) / "python", Path(directory) / "runner.py"]
        for link, path in zip(links, paths, strict=True):
            link.symlink_to(path)
        yield str(links[0]), "-I", "-S", str(links[1])


@contextmanager
def _lifeline() -> Iterator[int]:
    """A pipe whose write end we hold: the kernel closes it when we die, and the runner is told."""
    reader, writer = os.pipe()
    try:
        yield reader
    finally:
        os.close(reader)
        os.close(writer)
