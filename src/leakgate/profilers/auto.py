"""The `auto` profiler: the harness, unless the command brings the project's own dhat.

Two heap profilers cannot share a process: dhat is a global allocator, and a program has one. Whoever switches on
the feature that brings dhat wants to be measured by it. Where the tests bring another allocator, valgrind measures
them from below, if it is there.
"""

from dataclasses import dataclass, replace

from leakgate.profilers import around, dhat_rs, harness, valgrind, valgrind_tool
from leakgate.profilers.cargo import command
from leakgate.profilers.cargo.build import Metadata, dhat_switched_on, read_metadata
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.injected import NothingInjectedError
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.session import Session
from leakgate.profilers.suite import Note, Progress, SuiteRequest, SuiteRun


@dataclass(frozen=True, slots=True)
class Choice:
    """A profiler.

    Attributes:
        profiler: Its name.
        why: Why this one, to follow a colon.
    """

    profiler: str
    why: str


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who brings a global allocator, in words."""

    name: str
    has_one: str
    way_out: str


_TESTS = _Owner(
    "the test binaries",
    "have a global allocator of their own",
    "leave the allocator out of test builds: `#[cfg(not(test))]`",
)
_PROGRAM = _Owner(
    "the program",
    "has a global allocator of its own",
    "put the allocator behind a feature and leave that off",
)


def choose(asked: CargoCommand, metadata: Metadata) -> Choice:
    """The profiler for a command, as far as it can be known before anything is compiled."""
    feature = dhat_switched_on(metadata, asked.features)
    if feature is not None:
        return Choice("dhat-rs", f"the command switches on `{feature}`")
    return Choice("harness", "the command switches on no dhat of the project's own")


def profile(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """Choose a profiler, run it, and say in the first note which and why. See `dhat_rs.profile`."""
    if command.is_around(request.command):
        note = "measured by leakgate's harness (profiler `harness`), in each `cargo test` that the command starts"
        progress(Note(note))
        return _noted(around.profile(request, progress, start), note)
    asked = command.parse(request.command)
    session = Session(request, progress, start)

    def by_dhat(why: str) -> SuiteRun:
        note = f"measured by the project's own dhat (profiler `dhat-rs`): {why}"
        progress(Note(note))
        return _noted(dhat_rs.profile(request, progress, start), note)

    metadata = read_metadata(session.output(asked.metadata()))
    choice = choose(asked, metadata)
    if choice.profiler == "dhat-rs":
        return by_dhat(choice.why)
    note = f"measured by leakgate's harness (profiler `harness`): {choice.why}"
    progress(Note(note))
    try:
        return _noted(harness.measure(asked, metadata, session), note)
    except NothingInjectedError as error:
        if asked.verb is Verb.NEXTEST or not (error.dhat or error.allocator):
            raise
        conflict = error
    # The harness may have run tests before it was known that it measures none: its files stay apart.
    request = replace(request, run_dir=request.run_dir / "after-harness")
    request.run_dir.mkdir()
    whose = _PROGRAM if asked.verb is Verb.RUN else _TESTS
    if conflict.dhat:
        return by_dhat(f"it is the global allocator of {whose.name}")
    if valgrind_tool.installed(request.env) is None:
        conflict.remedy = f"install valgrind ({valgrind_tool.INSTALL}), or {whose.way_out}"
        raise conflict
    note = f"measured by Valgrind's DHAT (profiler `valgrind`): {whose.name} {whose.has_one}"
    progress(Note(note))
    return _noted(valgrind.profile(request, progress, start), note)


def _noted(measured: SuiteRun, note: str) -> SuiteRun:
    return replace(measured, notes=(note, *measured.notes))
