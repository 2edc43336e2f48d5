"""The `auto` profiler: the harness, unless the command brings the project's own dhat.

Two heap profilers cannot share a process: dhat is a global allocator, and a program has one. Whoever switches on
the feature that brings dhat wants to be measured by it.
"""

from dataclasses import replace

from leakgate.profilers import dhat_rs, harness
from leakgate.profilers.cargo import command
from leakgate.profilers.cargo.build import dhat_switched_on, read_metadata
from leakgate.profilers.cargo.command import Verb
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.session import Session
from leakgate.profilers.suite import Note, Progress, SuiteRequest, SuiteRun

_NO_DHAT = "the command switches on no dhat of the project's own"


def profile(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """Choose a profiler, run it, and say in the first note which and why. See `dhat_rs.profile`."""
    asked = command.parse(request.command)
    session = Session(request, progress, start)

    def by_dhat(why: str) -> SuiteRun:
        note = f"measured by the project's own dhat (profiler `dhat-rs`): {why}"
        progress(Note(note))
        return _noted(dhat_rs.profile(request, progress, start), note)

    if asked.verb is Verb.RUN:
        return by_dhat("the harness measures tests, and `cargo run` runs none")
    metadata = read_metadata(session.output(asked.metadata()))
    feature = dhat_switched_on(metadata, asked.features)
    if feature is not None:
        return by_dhat(f"the command switches on `{feature}`")
    note = f"measured by leakgate's harness (profiler `harness`): {_NO_DHAT}"
    progress(Note(note))
    try:
        return _noted(harness.measure(asked, metadata, session), note)
    except harness.NothingInjectedError as error:
        if not error.dhat:
            raise
    return by_dhat("it is the global allocator of the test binaries")


def _noted(measured: SuiteRun, note: str) -> SuiteRun:
    return replace(measured, notes=(note, *measured.notes))
