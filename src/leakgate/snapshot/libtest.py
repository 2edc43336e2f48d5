"""What the test harness itself allocates is not the test's.

A profile of dhat-rs opens and closes inside a test. While the test runs, libtest's main thread waits for its
result, and the first wait allocates 144 bytes in std's channel. Whether that falls before or after the profiler of
a test has started is a race, and with a baseline of 0 at t-end it would look like a leak.

Valgrind measures a whole process: all of libtest, and what std allocates before it calls `main`. Each is told by
its frames, and by the marker through which it enters the code that it runs: `__rust_begin_short_backtrace`, which
is never inlined.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.profile import FIELD_OF, Metric, Producer, Profile, ProgramPoint

_MARKS = ("test::run_tests", "test::console::run_tests_console", "test::event::CompletedTest")
"""Text in the frames of libtest's main thread, debug and release."""

_REPORTS = "test::run_test_in_process"
"""Where a test's own thread sends the result, through the same channel."""

_LIBTEST = "/library/test/src/"
_RUNTIME = ("std::rt::lang_start", "/library/std/src/rt.rs:")
_ENTERS = "__rust_begin_short_backtrace"
_C_MAIN = ": main (in "

_AT_THE_PEAK = frozenset({Metric.T_GMAX_BYTES, Metric.T_GMAX_BLOCKS})


def without_libtest(profile: Profile, frames: Sequence[ClassifiedFrame]) -> Profile:
    """The profile without the program points of the test harness.

    A whole process's t-gmax keeps them: its peak may be libtest's own, of some 14 KB, and what the test held at
    that moment is not what it held at most. With libtest in it, the figure cannot fall as the test holds more.

    Args:
        profile: As it was read.
        frames: Its frame table, classified.
    """
    whole = profile.producer is Producer.VALGRIND
    foreign = _of_the_process(profile, frames) if whole else _of_the_main_thread(profile, frames)
    if not foreign:
        return profile
    # Taken off and not summed up anew: the totals also count points of a very large file that were not kept.
    totals = {
        metric: total
        if whole and metric in _AT_THE_PEAK
        else total - sum(getattr(point, FIELD_OF[metric]) for point in foreign)
        for metric, total in profile.totals.items()
    }
    dropped = set(map(id, foreign))
    return replace(profile, points=[point for point in profile.points if id(point) not in dropped], totals=totals)


def _of_the_main_thread(profile: Profile, frames: Sequence[ClassifiedFrame]) -> list[ProgramPoint]:
    """The points of libtest's main thread.

    A point that has a function of the user on its stack is none, but for the `main` that the compiler generates:
    old toolchains run a test on libtest's main thread.

    Nor is the result that a test's thread sends, of 10 KB. Where the profile is still open then (the harness
    without its runner), the peak may be that moment, and without it the figure would be what the test holds at its
    end.
    """
    marked = {index for index, text in enumerate(profile.frames) if any(mark in text for mark in _MARKS)}
    if not marked:
        return []
    own = {
        index
        for index, frame in enumerate(frames)
        if frame.origin is Origin.USER and not frame.function.endswith("::main")
    }
    own |= {index for index, text in enumerate(profile.frames) if _REPORTS in text}
    return [
        point for point in profile.points if not marked.isdisjoint(stack := point.stack) and own.isdisjoint(stack)
    ]


def _of_the_process(profile: Profile, frames: Sequence[ClassifiedFrame]) -> list[ProgramPoint]:
    """The points of libtest outside of a test, and of std's runtime outside of `main`."""
    texts = list(enumerate(profile.frames))
    libtest = {index for index, text in texts if _LIBTEST in text}
    runtime = {index for index, text in texts if any(mark in text for mark in _RUNTIME)}
    enters = {index for index, text in texts if _ENTERS in text}
    tests = enters & libtest
    mains = {index for index, text in texts if _C_MAIN in text}
    std = {index for index, frame in enumerate(frames) if frame.origin is Origin.STD}

    def foreign(stack: Sequence[int]) -> bool:
        if not libtest.isdisjoint(stack):
            return tests.isdisjoint(stack)
        if not enters.isdisjoint(stack):
            return False
        return not runtime.isdisjoint(stack) or _only_std(stack, mains, std)

    return [point for point in profile.points if foreign(point.stack)]


def _only_std(stack: Sequence[int], mains: AbstractSet[int], std: AbstractSet[int]) -> bool:
    """Whether a binary's entry point called nothing but std: the runtime, inlined into it by LTO."""
    depth = next((depth for depth, index in enumerate(stack) if index in mains), 0)
    between = stack[1:depth]  # without the function that valgrind put in the place of malloc
    return bool(between) and std >= frozenset(between)
