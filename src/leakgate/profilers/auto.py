"""The `auto` profiler: the harness, unless the command brings the project's own dhat.

Two heap profilers cannot share a process: dhat is a global allocator, and a program has one. Whoever switches on
the feature that brings dhat wants to be measured by it.
"""

from collections.abc import Callable
from dataclasses import replace

from leakgate.profilers import cargo, dhat_rs, harness
from leakgate.profilers.build import dhat_switched_on, read_metadata
from leakgate.profilers.cargo import Verb
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.session import Session
from leakgate.profilers.suite import Note, Progress, SuiteRequest, SuiteRun

_BY_DHAT = "measured by the project's own dhat (profiler `dhat-rs`)"
_BY_HARNESS = "measured by leakgate's harness (profiler `harness`)"


def profile(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """Choose a profiler, run it, and say in the first note which and why. See `dhat_rs.profile`."""

    def chosen(profiler: Callable[[SuiteRequest, Progress, ProcessRunner], SuiteRun], why: str) -> SuiteRun:
        progress(Note(why))
        measured = profiler(request, progress, start)
        return replace(measured, notes=(why, *measured.notes))

    asked = cargo.parse(request.command)
    if asked.verb is Verb.RUN:
        return chosen(dhat_rs.profile, f"{_BY_DHAT}: the harness measures tests, and `cargo run` runs none")
    metadata = read_metadata(Session(request, progress, start).output(asked.metadata()))
    feature = dhat_switched_on(metadata, asked.features)
    if feature is not None:
        return chosen(dhat_rs.profile, f"{_BY_DHAT}: the command switches on `{feature}`")
    try:
        return chosen(harness.profile, f"{_BY_HARNESS}: the command switches on no dhat of the project's own")
    except harness.NothingInjectedError as error:
        if not error.dhat:
            raise
    return chosen(dhat_rs.profile, f"{_BY_DHAT}: it is the global allocator of the test binaries")
