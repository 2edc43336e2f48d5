"""The `harness` profiler: any cargo project, no edited line.

Cargo builds the tests with leakgate's harness in them (`inject.py`) and runs them as the user wrote it. The
harness (`harness/`) hands each test to a process beside libtest's, measures it by itself and writes raw addresses;
here they become DHAT files, with the functions and lines that were never looked up in the tests' own process
(`resolving/`).

The figures of a test's **last round** are judged: the second where there was one. What lives on after the first
round only is a cache that was filled; what lives on after each is a leak.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from leakgate import __version__
from leakgate.errors import UsageError
from leakgate.profilers import (
    blinding,
    cache,
    harness_run,
    inject,
    injected,
    nextest,
    program,
    separate,
    workspace,
)
from leakgate.profilers.cargo import command
from leakgate.profilers.cargo.build import Binary, Build, Metadata, read_metadata
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.cargo.listing import Plan
from leakgate.profilers.driving import refuse_load
from leakgate.profilers.events import Ledger
from leakgate.profilers.harness_events import Deaths, Recorded, Recorder, remarks
from leakgate.profilers.harness_run import Listening
from leakgate.profilers.injected import Injected
from leakgate.profilers.outcome import insist, unaccounted
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.resolving import symbols
from leakgate.profilers.resolving.dhat_files import Background, Writer
from leakgate.profilers.session import Session
from leakgate.profilers.suite import Building, Progress, SuiteRequest, SuiteRun, TestProfile

_BY_ALLOCATOR = (
    "this toolchain does not compile the harness's own runner: each test ran once, in a process of its own, with "
    "libtest, of which some 10 KB count at t-gmax"
)
WITHOUT_RUNNER = (
    "this toolchain does not compile the harness's own runner, without which only `cargo test` is measured"
)
_BY_VALGRIND = "what has an allocator or a test harness of its own can be measured with `--profiler valgrind`"


def profile(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """Run `cargo test`, `cargo nextest run` or `cargo run` with the harness in each test target or program.

    Args:
        request: The command and where it runs.
        progress: Told of each step.
        start: Runs a process.

    Returns:
        What was measured. Failing tests are in it, no exception.

    Raises:
        UsageError: A command that cannot be profiled.
        MeasurementError: It does not compile, nothing could be measured, or cargo was killed.
        ServiceError: leakgate's cache cannot be written.
        KeyboardInterrupt: A signal came; everything that was started has ended.
    """
    asked = command.parse(request.command)
    session = Session(request, progress, start)
    return measure(asked, read_metadata(session.output(asked.metadata())), session)


def measure(asked: CargoCommand, metadata: Metadata, session: Session) -> SuiteRun:
    """Run the command in a workspace that is known; see `profile`."""
    if asked.verb is Verb.RUN:
        return program.measure(asked, metadata, session)
    request = session.request
    shown = shlex.join(request.command)
    refuse(asked, request)
    if request.only:
        asked = asked.unpartitioned()
    ground = injected.survey(asked, session)
    session.progress(Building())
    injection = inject.prepare(ground.compiler, ground.named, ground.directory, session)
    if not injection.runner and asked.verb is Verb.NEXTEST:
        raise UsageError(WITHOUT_RUNNER, where=shown, remedy="give the same command with `cargo test`")
    ready = injected.compile_with(injection, asked, metadata, ground, session)
    build = ready.build
    measurable, skipped = injected.sorted_out(
        _tests(build), lambda path: injected.why_not(Path(f"{path}{inject.NOTE_SUFFIX}"))
    )
    dhat = bool(build.dhat)
    if not measurable and skipped:
        raise injected.NothingInjectedError(skipped, where=shown, dhat=dhat)
    symcaches = cache.directory(request.env) / "symbols"
    warming = symbols.Warming(measurable, symcaches)
    run_dir = request.run_dir.resolve()
    writer = Background(Writer(run_dir, symcaches), warming.wait)
    recorder = Recorder(run_dir, measurable, writer.write, request.repeat, harness_run.warm_up(request))
    chosen = build.plan.only(measurable.values(), request.only) if build.plan else None
    if chosen is not None:
        nextest.insist(chosen, asked, shown)
    if injection.runner:
        ledger, code = (
            _by_nextest(ready, recorder, chosen, session) if chosen else _by_cargo(ready, recorder, session)
        )
        recorded = recorder.recorded
    else:
        ledger, code = separate.measure(
            ready.command, _only(build, measurable), ready.targets, session, ready.env, raw=True
        )
        recorded = _renamed(ledger)
        for test in recorded:
            writer.write(test)
    if skipped and not ledger.ran and not ledger.failed:  # all tests are in binaries without the harness
        raise injected.NothingInjectedError(skipped, where=shown, dhat=dhat)
    insist(asked, ledger, code, shown)
    quality = writer.close()
    return SuiteRun(
        profiles=tuple(ledger.profiles),
        unmeasured=tuple(sorted(ledger.unmeasured)),
        failed=tuple(ledger.failed),
        ignored=ledger.ignored,
        unaccounted=nextest.unaccounted(ledger, chosen, code)
        if chosen
        else _unaccounted(recorder) or unaccounted(ledger, code, _ids_of_others(build, measurable)),
        fingerprint={
            "profiler": "harness",
            "profiler-version": __version__ if injection.runner else f"{__version__} (allocator only)",
            "rustc": ground.compiler.release,
            "target": ",".join(ready.targets),
            "cargo-profile": asked.cargo_profile,
            "features": asked.features,
            "allocator": "system",
            "rounds": request.rounds if injection.runner else "1",
        },
        movements=ledger.movements,
        workspace=workspace.find(metadata, request.env, session.start),
        notes=(
            *skipped,
            *([_BY_VALGRIND] if skipped else []),
            *([] if injection.runner else [_BY_ALLOCATOR]),
            *ledger.notes,
            *remarks(recorded),
            *quality,
            *blinding.remarks(_notes(measurable), ground.directory, request.env),
        ),
    )


def refuse(asked: CargoCommand, request: SuiteRequest) -> None:
    """Say no to what the harness cannot do, before anything is compiled."""
    if asked.verb is not Verb.RUN:
        refuse_load(request, "this command runs tests")
    if asked.verb is Verb.TEST and "--list" in asked.rest:
        raise UsageError(
            "`--list` runs no tests, so nothing can be measured",
            where=shlex.join(request.command),
            remedy="leave it out",
        )


def _tests(build: Build) -> dict[str, Binary]:
    """The test binaries, by path."""
    return {path: binary for path, binary in build.binaries.items() if binary.test}


def _ids_of_others(build: Build, measurable: Mapping[str, str]) -> list[str]:
    """The test binaries that run unmeasured."""
    return [binary.id for path, binary in _tests(build).items() if os.path.realpath(path) not in measurable]


def _notes(measurable: Mapping[str, str]) -> dict[str, Path]:
    """Binary id → what the wrapper left word of."""
    return {binary: Path(path + inject.NOTE_SUFFIX) for path, binary in measurable.items()}


def _by_cargo(ready: Injected, recorder: Recorder, session: Session) -> tuple[Ledger, int]:
    """Let cargo run the user's command, and enter what the harness tells."""
    ledger = Ledger(recorder.run_dir, len(recorder.binaries))
    deaths = Deaths()
    listening = Listening(recorder, ledger, recorder.decode, deaths.read)
    code = harness_run.start(ready.command.measure(), listening, ready.env, session)
    ledger.close(lambda test: deaths.of(recorder.binary_of(test)))
    return ledger, code


def _by_nextest(ready: Injected, recorder: Recorder, chosen: Plan, session: Session) -> tuple[Ledger, int]:
    """The same for nextest."""
    ledger = Ledger(recorder.run_dir, len(chosen.tests_of))
    statuses = nextest.Statuses()
    listening = Listening(recorder, ledger, nextest.planned(recorder.decode, chosen), statuses.read)
    code = harness_run.start(ready.command.measure(), listening, ready.env, session)
    nextest.settle(ledger, chosen, statuses, code)
    return ledger, code


def _only(build: Build, measurable: Mapping[str, str]) -> Build:
    """The build without the binaries that have no harness: these run as they are."""
    kept = {path: binary for path, binary in build.binaries.items() if os.path.realpath(path) in measurable}
    return replace(build, binaries=kept)


def _renamed(ledger: Ledger) -> list[Recorded]:
    """The raw profiles in a ledger, which from now on names the DHAT files that they become."""
    recorded = [
        Recorded(profile.test, profile.path, f"profiles/{number:05}.json", ())
        for number, profile in enumerate(ledger.profiles, 1)
    ]
    ledger.profiles[:] = [TestProfile(profile.test, ledger.run_dir / profile.target) for profile in recorded]
    return recorded


def _unaccounted(recorder: Recorder) -> str | None:
    """Tests that never started, because the one before took the process with it."""
    parts = [f"{missing} of the tests in `{binary}`" for binary, missing in recorder.cut_short()]
    return f"{' and '.join(parts)} did not run: the process had ended" if parts else None
