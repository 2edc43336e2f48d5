"""The `dhat-rs` profiler: a project that carries dhat itself, behind a feature, as dhat's documentation teaches.

Cargo runs the user's own command. It starts every test binary through our runner (`isolate.py`), which runs each
test in a process of its own and keeps the DHAT files it writes.
"""

import json
import os
import re
import shlex
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers import cargo, isolate, launch, runner, workspace
from leakgate.profilers.build import Build, Metadata, built_for, dhat_features, read_build, read_metadata
from leakgate.profilers.cargo import CargoCommand, Verb
from leakgate.profilers.events import Follower, Ledger
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.suite import Building, OutputLine, Progress, SuiteRequest, SuiteRun

DHAT_DOCUMENTATION = "https://docs.rs/dhat/latest/dhat/#configuration-cargotoml"


class _Session:
    """Runs commands in the place that was asked for."""

    def __init__(self, request: SuiteRequest, progress: Progress, start: ProcessRunner) -> None:
        self.request = request
        self.progress = progress
        self.start = start

    def line(self, text: str) -> None:
        self.progress(OutputLine(text))

    def report(self, argv: Sequence[str], *, cwd: Path | None = None) -> tuple[int, list[str]]:
        """Run a command; its messages for people are progress. Returns: its exit code and standard output."""
        lines: list[str] = []
        where, env = cwd or self.request.cwd, self.request.env
        return self.start(argv, cwd=where, env=env, on_line=self.line, on_stdout=lines.append), lines

    def output(self, argv: Sequence[str], *, cwd: Path | None = None) -> str:
        """The standard output of a command that must succeed."""
        code, lines = self.report(argv, cwd=cwd)
        if code != 0:
            where = str(cwd or self.request.cwd)
            raise MeasurementError(f"`{shlex.join(argv)}` failed", where=where, remedy="see its message above")
        return "\n".join(lines)


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
    session = _Session(request, progress, start)
    metadata = read_metadata(session.output(asked.metadata()))
    progress(Building())
    build = _build(asked, metadata, session)
    rustc, host = _rustc(asked, session)
    targets = asked.targets or built_for(build.binaries, metadata) or (host,)
    ledger, code = _measure(asked, build, targets, session)
    _insist(asked, ledger, code, shlex.join(request.command))
    return SuiteRun(
        profiles=tuple(ledger.profiles),
        unmeasured=tuple(sorted(ledger.unmeasured)),
        failed=tuple(ledger.failed),
        ignored=ledger.ignored,
        unaccounted=_unaccounted(ledger, code),
        fingerprint={
            "profiler": "dhat-rs",
            "profiler-version": ",".join(build.dhat),
            "rustc": rustc,
            "target": ",".join(targets),
            "cargo-profile": asked.cargo_profile,
            "features": asked.features,
            "allocator": "dhat",
            "rounds": "1",
        },
        workspace=workspace.find(metadata, request.env, start),
        notes=tuple(ledger.notes),
    )


def _build(asked: CargoCommand, metadata: Metadata, session: _Session) -> Build:
    """Compile, so that the binaries are known by name before they run."""
    code, messages = session.report(asked.build())
    if code != 0:
        shown = shlex.join(session.request.command)
        raise MeasurementError("cargo could not compile the project", where=shown, remedy="see its messages above")
    build = read_build(messages, metadata)
    if not build.dhat:
        raise _without_dhat(metadata)
    return build


def _rustc(asked: CargoCommand, session: _Session) -> tuple[str, str]:
    """The compiler's release with its commit, and the host's triple."""
    program = session.request.env.get("RUSTC") or "rustc"
    text = session.output((program, *asked.toolchain, "-vV"), cwd=asked.directory(session.request.cwd))
    facts = dict(re.findall(r"^([\w-]+): (.*)$", text, re.MULTILINE))
    commit = facts.get("commit-hash", "unknown")
    return f"{facts.get('release', 'unknown')} ({commit[:9]})", facts.get("host", "unknown")


def _measure(asked: CargoCommand, build: Build, targets: Sequence[str], session: _Session) -> tuple[Ledger, int]:
    """Let cargo run the user's command with our runner, and enter what the runner tells."""
    request = session.request
    run_dir = request.run_dir.resolve()
    expected = sum(binary.test for binary in build.binaries.values()) if asked.verb is Verb.TEST else 1
    ledger = Ledger(run_dir, expected)
    follower = Follower(run_dir / isolate.EVENTS)

    def follow() -> None:
        for entry in follower.lines():
            for event in ledger.read(entry):
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


def _unaccounted(ledger: Ledger, code: int) -> str | None:
    """What went wrong outside any test."""
    missing = ledger.binaries_expected - ledger.binaries - len(ledger.untouched)
    if missing > 0:
        return f"{missing} of {ledger.binaries_expected} test binaries did not run"
    if code != 0 and not ledger.failed:
        return f"cargo exited with {code}, but no test that was measured failed: a doc test may have"
    return None


def _insist(asked: CargoCommand, ledger: Ledger, code: int, shown: str) -> None:
    """Something must have run."""
    if code < 0:
        killer = signal.Signals(-code).name
        raise MeasurementError(
            f"cargo was killed by {killer}", where=shown, remedy="is the machine out of memory?"
        )
    if ledger.ran or ledger.failed:
        return
    if ledger.untouched:
        argument = ledger.untouched[0]
        raise MeasurementError(
            f"nothing was measured: `{argument}` cannot be asked of single tests",
            where=shown,
            remedy=f"leave out `{argument}`",
        )
    if ledger.ignored:
        raise MeasurementError(
            f"no test ran: all {ledger.ignored} that were chosen have `#[ignore]`",
            where=shown,
            remedy="add `-- --include-ignored`",
        )
    if ledger.filtered:
        names = " ".join(f"`{name}`" for name in asked.filters) or "the filters"
        raise MeasurementError(
            f"no test matched {names}",
            where=shown,
            remedy=f"there are {ledger.filtered} tests: `cargo test -- --list`",
        )
    if code:
        raise MeasurementError(f"cargo exited with {code} before any test ran", where=shown)
    raise MeasurementError("there are no tests", where=shown)


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
