"""Whether a run measured enough for a word about memory: the gate fails closed.

Each way to measure nothing has its own sentence, which says what to do.
"""

from collections.abc import Iterator, Mapping

from leakgate.dhat.profile import Metric, Mode
from leakgate.profilers.suite import SuiteRun
from leakgate.reports.words import plural
from leakgate.snapshot.model import Snapshot

_NAMES_LISTED = 10
_IN_VALGRIND: Mapping[str, str] = {
    Mode.HEAP: "Valgrind saw no allocation at all. It replaces `malloc` in programs that are linked dynamically.",
    Mode.COPY: "Valgrind saw no memory copied.",
    Mode.AD_HOC: "No event was announced. The program does that with `DHAT_AD_HOC_EVENT` of `valgrind/dhat.h`.",
}


def problems(run: SuiteRun, snapshot: Snapshot) -> Iterator[str]:
    """What makes the measurement too thin for any verdict."""
    yield from failures(len(run.failed))
    if run.unaccounted:
        yield run.unaccounted
    if run.unmeasured and not snapshot.tests and not run.failed:
        yield _none_measured(len(run.unmeasured), snapshot)
    elif not snapshot.tests and not run.failed and not run.unaccounted:
        yield "No test ran, so nothing was measured."
    elif snapshot.tests and not any(test.metrics[Metric.TOTAL_BLOCKS] for test in snapshot.tests):
        yield from _all_empty(snapshot)


def _all_empty(snapshot: Snapshot) -> Iterator[str]:
    if _carries_dhat(snapshot):
        yield (
            "The profiles hold no program point at all. Is `dhat::Alloc` the `#[global_allocator]` "
            "in every test binary?"
        )
    if snapshot.fingerprint.get("profiler") == "valgrind":
        yield _IN_VALGRIND[snapshot.fingerprint["mode"]]


def stored_problems(snapshot: Snapshot) -> Iterator[str]:
    """The same, as far as a stored snapshot still tells. A part of a sharded suite tells all it found."""
    told = snapshot.shard.problems if snapshot.shard else ()
    if told:
        yield from told
        return
    yield from failures(len(snapshot.failed))
    if not snapshot.tests and not snapshot.failed:
        yield "Nothing was measured."


def failures(number: int) -> Iterator[str]:
    """What is to be said of this many tests that failed."""
    if number:
        yield f"{plural(number, 'test')} failed."


def notes(snapshot: Snapshot, repeat: int = 1) -> Iterator[str]:
    """What leaves the verdict as it is, and may still mean that less was measured than it seems.

    Args:
        snapshot: What was measured.
        repeat: How many runs of each test were asked for.
    """
    times = {test.test: max((each.runs for each in test.spread.values()), default=1) for test in snapshot.tests}
    fewer = [f"`{name}` ({runs})" for name, runs in times.items() if runs < repeat]
    if fewer:
        more = f" and {len(fewer) - _NAMES_LISTED} more" if len(fewer) > _NAMES_LISTED else ""
        yield f"Measured fewer than {repeat} times: {', '.join(fewer[:_NAMES_LISTED])}{more}."
    empty = _empty(snapshot)
    if empty:
        names = ", ".join(f"`{name}`" for name in empty[:_NAMES_LISTED])
        more = f" and {len(empty) - _NAMES_LISTED} more" if len(empty) > _NAMES_LISTED else ""
        yield (
            f"{plural(len(empty), 'empty profile')}: {names}{more}. Either such a test allocates nothing, or "
            "`dhat::Alloc` is not the `#[global_allocator]` of its test binary."
        )


def _none_measured(tests: int, snapshot: Snapshot) -> str:
    if not _carries_dhat(snapshot):
        return f"{plural(tests, 'test')} ran, and none could be measured."
    return (
        f"{plural(tests, 'test')} ran, and none wrote a heap profile. Each test needs a live "
        "`dhat::Profiler`, not one in `testing()` mode, which writes none; is the feature that turns dhat on "
        "in the command?"
    )


def _empty(snapshot: Snapshot) -> list[str]:
    """Tests that seem to allocate nothing, where that may be for want of dhat's allocator."""
    if not _carries_dhat(snapshot):
        return []
    return [test.test for test in snapshot.tests if not test.metrics[Metric.TOTAL_BLOCKS]]


def _carries_dhat(snapshot: Snapshot) -> bool:
    """Whether the project brings the profiler itself, and may bring it in part."""
    return snapshot.fingerprint.get("profiler") == "dhat-rs"
