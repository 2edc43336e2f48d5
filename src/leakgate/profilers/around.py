"""The `harness` profiler under a command that starts cargo in its turn: `make test`, `cargo hack test`, a script.

Such a command cannot be given arguments for cargo, and what it builds is not known before it runs. So cargo is
told by the environment what `harness.py` tells it by `--config` and `--target-dir`; and which test binaries there
are is learned from themselves, when they start. What one was built from stands in the file beside it that lists
its sources.
"""

import hashlib
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leakgate import __version__
from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers import cache, harness, harness_run, inject, injected, nextest, workspace
from leakgate.profilers.cargo import command, settings
from leakgate.profilers.cargo.build import Metadata, binary_id, read_metadata
from leakgate.profilers.driving import refuse_load
from leakgate.profilers.events import Ledger
from leakgate.profilers.harness_events import Deaths, Recorder, remarks
from leakgate.profilers.harness_run import Listening
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.resolving.dhat_files import Background, Writer
from leakgate.profilers.session import Session, toolchain
from leakgate.profilers.suite import Building, Progress, SuiteRequest, SuiteRun

_CARGO = command.parse(["cargo", "test"])
"""Whom to ask of the project and the compiler."""

_HASH = re.compile(r"-[0-9a-f]{16}$")
_RUNNING = re.compile(r"\s*Running .*\((?P<path>\S.*)\)")


def profile(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """Run any command with the harness in every test target that it builds; see `harness.profile`.

    Raises:
        UsageError: Also where the command ran a test more than once.
    """
    if not command.is_around(request.command):
        return harness.profile(request, progress, start)
    return measure(Session(request, progress, start))


@dataclass(slots=True)
class Discovered(Mapping[str, str]):
    """Path → binary id, of the test binaries in a target directory.

    Attributes:
        metadata: The workspace.
        directory: The target directory.
    """

    metadata: Metadata
    directory: Path
    _known: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, path: str) -> str:
        if path not in self._known:
            self._known[path] = self._id(path)
        return self._known[path]

    def __iter__(self) -> Iterator[str]:
        """Those of earlier builds too, as long as they are there."""
        for note in self.directory.rglob(f"*{inject.NOTE_SUFFIX}"):
            yield os.path.realpath(note.with_suffix(""))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def note_of(self, name: str) -> Path:
        """Where the wrapper's note on a binary of this file name is, if there is one."""
        return next((Path(path + inject.NOTE_SUFFIX) for path in self if Path(path).name == name), Path(name))

    def _id(self, path: str) -> str:
        stem = _HASH.sub("", Path(path).name)
        source = os.path.realpath(Path(self.metadata.workspace_root) / _first_source(Path(path + ".d")))
        found = [
            (target.name.replace("-", "_") != stem, binary_id(package.name, target))
            for package in self.metadata.packages
            for target in package.targets
            if os.path.realpath(target.src_path) == source
        ]
        return min(found)[1] if found else stem


def refuse(request: SuiteRequest) -> None:
    """Say no to what cannot be done around a command."""
    refuse_load(request, "this command is none that runs one")


def measure(session: Session) -> SuiteRun:
    """Run a command that may call cargo; see `profile`."""
    request = session.request
    shown = shlex.join(request.command)
    refuse(request)
    metadata = read_metadata(session.output(_CARGO.metadata()))
    users = settings.read(request.cwd, request.env, ())
    compiler = toolchain(_CARGO, session, users.rustc)
    session.progress(Building())
    targets = tuple(compiler.host if name == "host-tuple" else name for name in users.targets)
    injection = inject.prepare(compiler, (*targets, compiler.host), request.cwd, session)
    if not injection.runner:
        raise UsageError(harness.WITHOUT_RUNNER, where=shown, remedy="use `cargo test`")
    run_dir = request.run_dir.resolve()
    plan = run_dir / inject.PLAN
    plan.write_bytes(injection.plan(users))
    ours = Path(metadata.target_directory) / inject.TARGET_DIRECTORY
    found = Discovered(metadata, ours)
    writer = Background(Writer(run_dir, cache.directory(request.env) / "symbols"), lambda: None)
    recorder = Recorder(run_dir, found, writer.write, request.repeat, harness_run.warm_up(request))
    env = {**inject.environment(request.env, plan), **injection.variables(ours)}
    ledger, silent, code = _run(recorder, found, env, session)
    _insist(ledger, code, shown)
    _refuse_twice(ledger, recorder, request, shown)
    quality = writer.close()
    return SuiteRun(
        profiles=tuple(ledger.profiles),
        unmeasured=tuple(sorted(ledger.unmeasured)),
        failed=tuple(ledger.failed),
        ignored=ledger.ignored,
        unaccounted=None
        if ledger.failed or not code
        else f"`{shown}` exited with {code}, but no test that was measured failed",
        fingerprint={
            "profiler": "harness",
            "profiler-version": __version__,
            "rustc": compiler.release,
            "target": ",".join(targets) or compiler.host,
            "cargo-profile": _cargo_profiles(recorder.planned),
            "features": _features(request.command),
            "allocator": "system",
            "rounds": request.rounds,
        },
        movements=ledger.movements,
        workspace=workspace.find(metadata, request.env, session.start),
        notes=(*silent, *ledger.notes, *remarks(recorder.recorded), *quality),
    )


def _run(
    recorder: Recorder, found: Discovered, env: Mapping[str, str], session: Session
) -> tuple[Ledger, list[str], int]:
    """Run the command, and enter what the harness tells. Also: of binaries that told nothing, why not."""
    ledger = Ledger(recorder.run_dir, 0)
    deaths, statuses = Deaths(), nextest.Statuses()
    running: dict[str, None] = {}

    def read(text: str) -> None:
        deaths.read(text)
        statuses.read(text)
        if started := _RUNNING.fullmatch(text):
            running[Path(started["path"]).name] = None

    code = harness_run.start(
        session.request.command, Listening(recorder, ledger, recorder.decode, read), env, session
    )
    ledger.close(lambda test: statuses.reason(test) or deaths.of(recorder.binary_of(test)))
    nextest.keep_last_attempts(ledger, statuses)
    told = {Path(path).name for path in recorder.planned}
    silent = []
    for name in running:
        if name not in told:
            reason = injected.why_not(found.note_of(name)) or "it told nothing"
            silent.append(f"`{_HASH.sub('', name)}` was not measured: {reason}")
    return ledger, silent, code


def _insist(ledger: Ledger, code: int, shown: str) -> None:
    if ledger.ran or ledger.failed:
        return
    if code:
        raise MeasurementError(f"it exited with {code} before any test was measured", where=shown)
    raise MeasurementError(
        "it ran no test that could be measured",
        where=shown,
        remedy="does it run `cargo test` in this workspace, and leave RUSTC_WRAPPER, RUSTC_WORKSPACE_WRAPPER and "
        "CARGO_TARGET_DIR as they are?",
    )


def _refuse_twice(ledger: Ledger, recorder: Recorder, request: SuiteRequest, shown: str) -> None:
    """A test that ran in two builds has two figures."""
    builds = Counter(recorder.binaries[path] for path in recorder.planned)
    runs = Counter(measured.test for measured in ledger.profiles)
    twice = [binary for binary, count in builds.items() if count > 1]
    twice += [test for test, count in runs.items() if count > request.repeat]
    if twice:
        raise UsageError(
            f"the command ran `{twice[0]}` more than once: which figures should count?",
            where=shown,
            remedy="give leakgate one `cargo test …` with one set of features, and others in jobs of their own",
        )


def _features(words: Sequence[str]) -> str:
    """A name for whatever the command switches on. Its words may hold what is not to be stored, so not by them."""
    digest = hashlib.sha256("\0".join(words).encode(errors="surrogateescape")).hexdigest()
    return f"those of `{Path(words[0]).name}` ({digest[:12]})"


def _cargo_profiles(paths: Iterable[str]) -> str:
    """The cargo profiles in the paths of test binaries: `target/leakgate-build/debug/deps/store-1`."""
    names = {parent.name for path in paths for parent in Path(path).parents if (parent / "deps").is_dir()}
    return ",".join(sorted("test" if name == "debug" else name for name in names))


def _first_source(listing: Path) -> str:
    """The first file in a list that rustc wrote of what it compiled, `binary: src/lib.rs …`: the target's own."""
    try:
        text = listing.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    words = re.split(r"(?<!\\)\s", text.partition(".d: ")[2], maxsplit=1)
    return words[0].replace("\\ ", " ")
