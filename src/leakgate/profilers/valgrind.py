"""The `valgrind` profiler: any test binary and any program, as they are.

What cannot be given the harness runs in Valgrind's DHAT: each test in a process of its own (`separate.py`), a
program or a test binary with a harness of its own as one process. Valgrind measures a whole process, libtest
included; `snapshot/libtest.py` says what of it is left out.
"""

import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from leakgate.dhat.frames import Origin, Workspace, classify
from leakgate.dhat.profile import Mode
from leakgate.dhat.reader import read
from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers import separate, valgrind_tool, workspace
from leakgate.profilers.cargo import command, debuginfo
from leakgate.profilers.cargo.build import Binary, built_for, read_metadata
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.child.libtest import MARKER
from leakgate.profilers.driving import refuse_load
from leakgate.profilers.events import Ledger
from leakgate.profilers.outcome import insist, unaccounted
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.session import Session, compile_suite, toolchain
from leakgate.profilers.suite import Building, Progress, SuiteRequest, SuiteRun, TestProfile
from leakgate.profilers.valgrind_coverage import Finding, allocator, examine, holds
from leakgate.profilers.valgrind_tool import Valgrind

NO_LOAD = "valgrind does not say when a program can be driven"
"""Why a load is refused."""


def profile(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """Run a cargo command, a test binary or a program in valgrind.

    Args:
        request: The command and where it runs: `cargo test …`, `cargo run …`, or a program with its arguments.
        progress: Told of each step.
        start: Runs a process.

    Returns:
        What was measured. Failing tests are in it, no exception.

    Raises:
        UsageError: There is no valgrind, it is too old, the command cannot be run in it, or a load is to drive it.
        MeasurementError: It does not compile, no test ran, or cargo was killed.
        KeyboardInterrupt: A signal came; everything that was started has ended.
    """
    session = Session(request, progress, start)
    tool = valgrind_tool.find(session)  # known before anything is compiled
    return _program(tool, session) if is_program(request.command) else _cargo(tool, session)


def is_program(command: Sequence[str]) -> bool:
    """Whether a command is none of cargo's, so that what it names is run in valgrind itself."""
    return PurePath(command[0]).stem != "cargo"


def _cargo(tool: Valgrind, session: Session) -> SuiteRun:
    request = session.request
    asked = command.parse(request.command)
    refuse(asked, request)
    metadata = read_metadata(session.output(asked.metadata()))
    compiler = toolchain(asked, session)
    env = debuginfo.environment(request.env, asked.cargo_profile, Path(metadata.workspace_root))
    session.progress(Building())
    build = compile_suite(asked, metadata, session, env)
    targets = asked.targets or built_for(build.binaries, metadata) or (compiler.host,)
    words = tool.words(request.valgrind_mode)
    ledger, code = separate.measure(asked, build, targets, session, env, valgrind=words)
    insist(asked, ledger, code, shlex.join(request.command))
    paths = {binary.id: Path(path) for path, binary in build.binaries.items()}
    notes = _sort_out(ledger, paths, tool, request.valgrind_mode)
    return SuiteRun(
        profiles=tuple(ledger.profiles),
        unmeasured=tuple(sorted(ledger.unmeasured)),
        failed=tuple(ledger.failed),
        ignored=ledger.ignored,
        unaccounted=unaccounted(ledger, code),
        fingerprint={
            **_fingerprint(tool, request.valgrind_mode),
            "rustc": compiler.release,
            "target": ",".join(targets),
            "cargo-profile": asked.cargo_profile,
            "features": asked.features,
        },
        workspace=workspace.find(metadata, request.env, session.start),
        notes=(*dict.fromkeys(ledger.notes), *notes),
    )


def refuse(asked: CargoCommand, request: SuiteRequest) -> None:
    """Say no to what valgrind cannot do, before anything is compiled."""
    refuse_load(request, NO_LOAD)
    if asked.verb is Verb.NEXTEST:
        raise UsageError(
            "valgrind cannot measure under nextest",
            where=shlex.join(request.command),
            remedy="write `cargo test`: each test gets a process of its own there too",
        )


def _program(tool: Valgrind, session: Session) -> SuiteRun:
    request = session.request
    refuse_load(request, NO_LOAD)
    path = _executable(request)
    binary = Binary(_name(path), test=holds(path, MARKER))
    argv = (str(path), *request.command[1:])
    words = tool.words(request.valgrind_mode)
    ledger, _ = separate.measure_program(argv, binary, session, words)
    shown = shlex.join(request.command)
    if not ledger.ran and not ledger.failed:
        what = f"nothing was measured: {ledger.notes[0]}" if ledger.notes else "no test of it ran"
        raise MeasurementError(what, where=shown)
    owned = workspace.around(request.cwd, session)
    notes = _sort_out(ledger, {binary.id: path}, tool, request.valgrind_mode)
    if not binary.test:
        notes += _strangers(ledger, owned)
    return SuiteRun(
        profiles=tuple(ledger.profiles),
        unmeasured=tuple(sorted(ledger.unmeasured)),
        failed=tuple(ledger.failed),
        ignored=ledger.ignored,
        unaccounted=None,
        fingerprint=_fingerprint(tool, request.valgrind_mode),
        workspace=owned,
        notes=(*dict.fromkeys(ledger.notes), *notes),
    )


def _fingerprint(tool: Valgrind, mode: Mode) -> dict[str, str]:
    return {
        "profiler": "valgrind",
        "profiler-version": tool.version,
        "mode": mode.value,
        "allocator": "system",
        "rounds": "1",
    }


def _executable(request: SuiteRequest) -> Path:
    """The program that the command names.

    Raises:
        UsageError: There is none, or it is a script: what a script starts would not be measured.
    """
    name = request.command[0]
    found = shutil.which(request.cwd / name if "/" in name else name, path=request.env.get("PATH"))
    if found is None:
        raise UsageError(f"`{name}` was not found, or may not be run")
    path = Path(found)
    with path.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            raise UsageError(
                f"`{name}` is a script: valgrind would measure its interpreter, and nothing that it starts",
                remedy="name the program itself, or `cargo test …`",
            )
    return path


def _name(path: Path) -> str:
    """What a program is called: its file's name, without the hash that cargo adds."""
    head, dash, tail = path.name.rpartition("-")
    hashed = dash and len(tail) == _HASH and set(tail) <= set("0123456789abcdef")
    return head if hashed else path.name


_HASH = 16  # digits


@dataclass(frozen=True, slots=True)
class _Remedy:
    """What is to be done about a finding, by the valgrind that found it."""

    tool: Valgrind

    def of(self, finding: Finding) -> str:
        match finding:
            case Finding.NAMELESS:
                words = "keep its symbols: `strip = false` in its cargo profile"
            case Finding.LINELESS:
                words = 'for lines build it with `debug = "line-tables-only"` in its cargo profile'
            case Finding.STATIC:
                return "build it with a dynamic linker: for a `-gnu` target, without `+crt-static`"
            case _:
                return "leave the allocator out of test builds, `#[cfg(not(test))]`, or have it call malloc"
        if self.tool.release < valgrind_tool.READS_RUST:
            words += f", or update valgrind: {self.tool.version} does not read every Rust binary"
        return words


def _sort_out(ledger: Ledger, binaries: Mapping[str, Path], tool: Valgrind, mode: Mode) -> list[str]:
    """Take profiles that do not hold what their program allocated out of the ledger.

    Args:
        ledger: Its profiles that hold too little become tests that are not measured.
        binaries: Binary id → executable.
        tool: The valgrind that wrote them.
        mode: What was counted: copied memory and announced events do not depend on the allocator.

    Returns:
        Sentences for the reader, one for each binary and finding.
    """
    if mode is not Mode.HEAP:
        return []
    found: dict[tuple[str, Finding], int] = {}
    kept: list[TestProfile] = []
    lost: set[str] = set()
    for written in ledger.profiles:
        name = next(name for name in binaries if written.test == name or written.test.startswith(f"{name} "))
        finding = examine(written.path.read_bytes(), binaries[name])
        found[name, finding] = found.get((name, finding), 0) + 1
        if finding in {Finding.COMPLETE, Finding.LINELESS}:
            kept.append(written)
        else:
            lost.add(written.test)
    ledger.profiles[:] = [written for written in kept if written.test not in lost]
    ledger.unmeasured += sorted(lost)
    found = {key: count for key, count in found.items() if key[1] is not Finding.COMPLETE}
    return [_sentence(name, finding, binaries[name], _Remedy(tool)) for name, finding in found]


def _sentence(name: str, finding: Finding, binary: Path, remedy: _Remedy) -> str:
    if finding is Finding.LINELESS:
        return f"`{name}`: {finding}; {remedy.of(finding)}"
    owner = allocator(binary) if finding is Finding.BYPASSED else None
    named = f" ({owner})" if owner else ""
    return f"`{name}` was not measured: {finding}{named}; {remedy.of(finding)}"


def _strangers(ledger: Ledger, owned: Workspace) -> list[str]:
    """Take programs out of the ledger that run none of this project's Rust code, as `make` does itself."""
    if not owned.files:
        return []
    strangers = [written for written in ledger.profiles if not _runs_own_code(written, owned)]
    ledger.profiles[:] = [written for written in ledger.profiles if written not in strangers]
    names = list(dict.fromkeys(written.test for written in strangers))
    ledger.unmeasured += names
    return [
        f"`{name}` was not measured: nothing that it allocates comes from this project's code, and what it starts "
        "itself is not run in valgrind; name the program that is meant"
        for name in names
    ]


def _runs_own_code(written: TestProfile, owned: Workspace) -> bool:
    return any(frame.origin is Origin.USER for frame in classify(read(written.path).frames, owned))
