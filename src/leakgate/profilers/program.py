"""The `harness` profiler for programs: `cargo run …`, with the harness in the program and no edited line.

Cargo builds the program with an allocator that profiles it from before `main` to its end (`inject.py`,
`harness/src/program.rs`), and runs it as the user wrote it. A program that does not end by itself is driven by a
load and ended by a signal (`driving.py`). There is one round: what statics hold at the end counts.
"""

import filecmp
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from leakgate import __version__
from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers import cache, driving, inject, injected, workspace
from leakgate.profilers.cargo.build import Metadata
from leakgate.profilers.cargo.command import CargoCommand
from leakgate.profilers.driving import Ended, Started
from leakgate.profilers.harness_events import Recorded
from leakgate.profilers.resolving import symbols
from leakgate.profilers.resolving.dhat_files import Writer
from leakgate.profilers.session import Session, Toolchain
from leakgate.profilers.suite import (
    BinaryStarted,
    Building,
    FailedTest,
    SuiteRun,
    TestEnded,
    TestProfile,
    TestStarted,
)

VERSION = {"profiler-version": f"{__version__} (program)", "rounds": "1"}
"""What tells the fingerprint of a program's run from that of tests."""

_OLDEST = 1, 71
"""The rustc that brought `--extern force:…`: https://github.com/rust-lang/rust/pull/109421"""


def measure(asked: CargoCommand, metadata: Metadata, session: Session) -> SuiteRun:
    """Run a `cargo run` in a workspace that is known.

    Args:
        asked: The command.
        metadata: The workspace.
        session: Runs it, as often as the request's `repeat` says.

    Raises:
        UsageError: There is no such load, or the compiler is too old.
        MeasurementError: It does not compile, nothing could be measured, or the load failed.
        ServiceError: leakgate's cache cannot be written.
        KeyboardInterrupt: A signal came; everything that was started has ended.
    """
    request = session.request
    shown = shlex.join(request.command)
    ground = injected.survey(asked, session)
    _refuse_old(ground.compiler)
    session.progress(Building())
    injection = inject.prepare_for_programs(ground.compiler, ground.named, ground.directory, session)
    ready = injected.compile_with(injection, asked, metadata, ground, session)
    measurable, skipped = injected.sorted_out(ready.build.binaries, _why_not)
    if not measurable and skipped:
        raise injected.NothingInjectedError(skipped, where=shown, dhat=bool(ready.build.dhat))
    symcaches = cache.directory(request.env) / "symbols"
    warming = symbols.Warming(measurable, symcaches)
    # An error value with a backtrace in it would keep the binary's symbols on the heap that is being measured.
    variables = {**ready.env, "RUST_LIB_BACKTRACE": "0"}
    run_dir = request.run_dir.resolve()
    runs = _Runs(measurable, run_dir, session)
    for number in range(1, request.repeat + 1):
        runs.once(ready.command.measure(), variables, run_dir / f"program-{number}", skipped)
    warming.wait()
    writer = Writer(run_dir, symcaches)
    for profile in runs.recorded:
        writer.write(profile)
    return SuiteRun(
        profiles=tuple(TestProfile(profile.test, run_dir / profile.target) for profile in runs.recorded),
        unmeasured=(),
        failed=tuple(runs.failed),
        ignored=0,
        unaccounted=None,
        fingerprint={
            "profiler": "harness",
            **VERSION,
            "rustc": ground.compiler.release,
            "target": ",".join(ready.targets),
            "cargo-profile": asked.cargo_profile,
            "features": asked.features,
            "allocator": "system",
        },
        workspace=workspace.find(metadata, request.env, session.start),
        notes=(*runs.notes, *writer.close()),
    )


def _refuse_old(compiler: Toolchain) -> None:
    """Say no to a compiler that cannot link a crate in that nobody asks for, before anything is compiled."""
    numbers = re.match(r"(\d+)\.(\d+)", compiler.release)
    if numbers and (int(numbers[1]), int(numbers[2])) < _OLDEST:
        raise UsageError(
            f"rustc {compiler.release} cannot have the harness in a program",
            remedy=f"use rustc {_OLDEST[0]}.{_OLDEST[1]} or newer; tests can be measured with this one",
        )


class _Runs:
    """What the runs of a program have left so far."""

    def __init__(self, binaries: Mapping[str, str], run_dir: Path, session: Session) -> None:
        self.binaries = binaries
        self.run_dir = run_dir
        self.session = session
        self.recorded: list[Recorded] = []
        self.failed: list[FailedTest] = []
        self.notes: list[str] = []

    def once(self, argv: Sequence[str], env: Mapping[str, str], place: Path, skipped: Sequence[str]) -> None:
        """Run it, and keep what it leaves.

        Raises:
            MeasurementError: There was no program, or no profile of one that ended well; or see `driving.run`.
        """
        ended = driving.run(argv, env, place, self.session, self._tell)
        shown = shlex.join(self.session.request.command)
        if ended.program is None:
            raise _nothing_ran(ended, skipped, shown)
        binary = self._name(ended.program)
        failure = ended.failure
        if ended.last is None and failure is not None:
            failure = f"{failure} and wrote no profile"
        elif ended.last is None:
            raise MeasurementError(
                f"`{binary}` {driving.did(ended.code)} and wrote no profile",
                where=shown,
                remedy="it is written on exit, and on a signal that the program leaves to the system; "
                "`_exit` and `exec` leave that out",
            )
        profiles: list[tuple[str, Path]] = []
        if failure is not None:
            self.failed.append(FailedTest(binary, failure))
        elif ended.last is not None:
            profiles = [(binary, ended.last)]
            profiles += [(f"{binary} [{number}]", path) for number, path in enumerate(ended.on_demand, 1)]
        for test, raw in profiles:
            self.recorded.append(Recorded(test, raw, f"profiles/{len(self.recorded) + 1:05}.json", ()))
        if failure is None and ended.code < 0 and self.session.request.load is None:
            self.notes.append(f"`{binary}` ran until it {driving.did(ended.code)}")
        self.session.progress(TestEnded(binary, failure, ended.seconds, len(profiles)))

    def _tell(self, program: Started) -> None:
        binary = self._name(program)
        self.session.progress(BinaryStarted(binary, 1, 1, 1))
        self.session.progress(TestStarted(binary))

    def _name(self, program: Started) -> str:
        return self.binaries.get(program.path, Path(program.path).name)


def _nothing_ran(ended: Ended, skipped: Sequence[str], shown: str) -> MeasurementError:
    """No program with the harness in it has told us of itself."""
    if skipped:
        return MeasurementError(f"nothing was measured: {skipped[0]}", where=shown)
    return MeasurementError(
        f"cargo {driving.did(ended.code)}, and no program with the harness in it has run",
        where=shown,
        remedy="see its messages above",
    )


def _why_not(executable: Path) -> str | None:
    """Why a program has no harness; None: it has."""
    note = _note(executable)
    return "cargo keeps no word of how it was compiled" if note is None else injected.why_not(note)


def _note(executable: Path) -> Path | None:
    """The wrapper's note on an executable.

    It is beside the file that rustc wrote, with a hash in its name; what cargo names is a hard link to it, or
    a copy.
    """
    crate = executable.name.replace("-", "_")
    for directory in (executable.parent / "deps", executable.parent):
        for note in directory.glob(f"{crate}-*{inject.NOTE_SUFFIX}"):
            compiled = note.with_name(note.name.removesuffix(inject.NOTE_SUFFIX))
            if compiled.is_file() and filecmp.cmp(compiled, executable):
                return note
    return None
