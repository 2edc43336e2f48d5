"""What the test harness itself allocates is not the test's.

While a test runs, libtest's main thread waits for its result, and the first wait allocates 144 bytes in std's
channel. Whether that falls before or after the profiler of a test has started is a race, and with a baseline of 0
at t-end it would look like a leak.
"""

from collections.abc import Sequence
from dataclasses import replace

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.profile import FIELD_OF, Profile, ProgramPoint

_MARKS = ("test::run_tests", "test::console::run_tests_console", "test::event::CompletedTest")
"""Text in the frames of libtest's main thread, debug and release. A test's own thread has none of them."""


def without_libtest(profile: Profile, frames: Sequence[ClassifiedFrame]) -> Profile:
    """The profile without the program points of libtest's main thread.

    A point that has a function of the user on its stack stays, but for the `main` that the compiler generates: old
    toolchains run a test on libtest's main thread.

    Args:
        profile: As it was read.
        frames: Its frame table, classified.
    """
    marked = {index for index, text in enumerate(profile.frames) if any(mark in text for mark in _MARKS)}
    if not marked:
        return profile
    own = {
        index
        for index, frame in enumerate(frames)
        if frame.origin is Origin.USER and not frame.function.endswith("::main")
    }
    kept: list[ProgramPoint] = []
    foreign: list[ProgramPoint] = []
    for point in profile.points:
        stack = point.stack
        libtests = not marked.isdisjoint(stack) and own.isdisjoint(stack)
        (foreign if libtests else kept).append(point)
    if not foreign:
        return profile
    # Taken off and not summed up anew: the totals also count points of a very large file that were not kept.
    totals = {
        metric: total - sum(getattr(point, FIELD_OF[metric]) for point in foreign)
        for metric, total in profile.totals.items()
    }
    return replace(profile, points=kept, totals=totals)
