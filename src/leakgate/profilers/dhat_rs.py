"""The `dhat-rs` profiler: a project that carries dhat itself, behind a feature, as dhat's documentation teaches.

Cargo runs the user's own command. It starts every test binary through our runner (`isolate.py`), which runs each
test in a process of its own and keeps the DHAT files it writes.
"""

import json
import os
import re
import shlex
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from leakgate.errors import UsageError
from leakgate.profilers import cargo, isolate, launch, runner, workspace
from leakgate.profilers.build import Build, Metadata, built_for, dhat_features, read_metadata
from leakgate.profilers.cargo import CargoCommand, Verb
from leakgate.profilers.events import Follower, Ledger, decode
from leakgate.profilers.outcome import insist, unaccounted
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.session import Session, compile_suite, toolchain
from leakgate.profilers.suite import Building, Progress, SuiteRequest, SuiteRun

DHAT_DOCUMENTATION = "https://docs.rs/dhat/latest/dhat/#configuration-cargotoml"


def profile(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """Run a cargo command and keep the profiles that its tests write.

    Args:
        request: The command, `cargo test …` or `cargo run …`, and where it runs.
        progress: Told of each step.
        start: Runs a process.

    Returns:
        What was measured. Failing tests are in it, no exception.

    Raises:
        UsageError: A command that cannot be profiled, or a build without dhat.
        MeasurementError: It does not compile, no test ran, or cargo was killed.
        KeyboardInterrupt: A signal came; everything that was started has ended.
    """
    asked = cargo.parse(request.command)
    session = Session(request, progress, start)
    metadata = read_metadata(session.output(asked.metadata()))
    progress(Building())
    build = compile_suite(asked, metadata, session)
    if not build.dhat:
        raise _without_dhat(metadata)
    compiler = toolchain(asked, session)
    targets = asked.targets or built_for(build.binaries, metadata) or (compiler.host,)
    ledger, code = _measure(asked, build, targets, session)
    insist(asked, ledger, code, shlex.join(request.command))
    return SuiteRun(
        profiles=tuple(ledger.profiles),
        unmeasured=tuple(sorted(ledger.unmeasured)),
        failed=tuple(ledger.failed),
        ignored=ledger.ignored,
        unaccounted=unaccounted(ledger, code),
        fingerprint={
            "profiler": "dhat-rs",
            "profiler-version": ",".join(build.dhat),
            "rustc": compiler.release,
            "target": ",".join(targets),
            "cargo-profile": asked.cargo_profile,
            "features": asked.features,
            "allocator": "dhat",
            "rounds": "1",
        },
        workspace=workspace.find(metadata, request.env, start),
        notes=tuple(ledger.notes),
    )


def _measure(asked: CargoCommand, build: Build, targets: Sequence[str], session: Session) -> tuple[Ledger, int]:
    """Let cargo run the user's command with our runner, and enter what the runner tells."""
    request = session.request
    run_dir = request.run_dir.resolve()
    expected = sum(binary.test for binary in build.binaries.values()) if asked.verb is Verb.TEST else 1
    ledger = Ledger(run_dir, expected)
    follower = Follower(run_dir / isolate.EVENTS)

    def follow() -> None:
        for entry in follower.lines():
            for event in ledger.enter(decode(entry)):
                session.progress(event)

    def line(text: str) -> None:
        follow()
        session.line(text)

    names = ["CARGO_TARGET_" + re.sub("[^A-Z0-9]", "_", target.upper()) + "_RUNNER" for target in targets]
    with _runner_words() as words, _lifeline() as lifeline:
        plan = _plan(build, request, names, lifeline)
        (run_dir / launch.PLAN).write_text(json.dumps(plan), encoding="utf-8")
        env = {**request.env, launch.RUN_DIR: str(run_dir), **dict.fromkeys(names, words)}
        code = session.start(
            asked.measure(), cwd=request.cwd, env=env, on_line=line, on_tick=follow, inherit=(lifeline,)
        )
    follow()
    ledger.close()
    return ledger, code


def _plan(build: Build, request: SuiteRequest, names: Sequence[str], lifeline: int) -> dict[str, object]:
    """What the runner must know; see `launch.PLAN`."""
    return {
        "binaries": {
            os.path.realpath(path): {"id": binary.id, "test": binary.test}
            for path, binary in build.binaries.items()
        },
        "jobs": request.jobs,
        "runner": next((request.env[name].split() for name in names if request.env.get(name)), []),
        "restore": {name: request.env.get(name) for name in names},
        "lifeline": lifeline,
    }


def _without_dhat(metadata: Metadata) -> UsageError:
    """Why there is no dhat in the build, as far as the project shows."""
    features = dhat_features(metadata)
    if features:
        names = " or ".join(f"`--features {feature}`" for feature in features)
        return UsageError(
            "dhat is not part of this build: its feature is off", remedy=f"add {names} to the command"
        )
    where = str(Path(metadata.workspace_root) / "Cargo.toml")
    if "dhat" in _locked(Path(metadata.workspace_root)):
        return UsageError(
            "dhat is not part of this build",
            where=where,
            remedy="switch on the feature that brings it, with --features",
        )
    return UsageError(
        "dhat is not among the project's dependencies, so its tests write no profiles",
        where=where,
        remedy=f"add it behind a feature, in four lines: {DHAT_DOCUMENTATION}",
    )


def _locked(root: Path) -> set[str]:
    """The names of all packages in the lock file."""
    try:
        lock = tomllib.loads((root / "Cargo.lock").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return {package.get("name", "") for package in lock.get("package", [])}


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
