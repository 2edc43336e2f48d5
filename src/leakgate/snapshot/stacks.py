"""A stack as a report shows it."""

import re
from collections.abc import Iterator, Sequence

from leakgate.dhat.frames import ClassifiedFrame, Origin

_ROOTS = re.compile(
    r"^.*?/(?:registry/src/[^/]+|git/checkouts)/|^/rustc/[0-9a-f]+/library/|^.*?/lib/rustlib/src/rust/library/|^/rust/deps/"
)
"""Where a machine keeps other people's sources; what follows says enough: `tokio-1.54.1/src/task/spawn.rs`."""


def fold(stack: Sequence[ClassifiedFrame]) -> Iterator[str]:
    """What a reader needs of a stack: the user's frames, and for each run of others the one that they called.

    The frames of the allocator on the inside and those of the runtime on the outside are only counted.
    """
    others = 0
    for depth, frame in enumerate(stack):
        called_by_user = depth + 1 < len(stack) and stack[depth + 1].origin is Origin.USER
        if frame.origin is not Origin.USER and not called_by_user:
            others += 1
            continue
        if others:
            yield _count(others)
            others = 0
        yield _display(frame)
    if others:
        yield _count(others)


def _count(frames: int) -> str:
    return f"⋯ {frames} library frame{'' if frames == 1 else 's'}"


def _display(frame: ClassifiedFrame) -> str:
    file = frame.file or (_ROOTS.sub("", frame.path) if frame.path else None)
    place = f"{file}:{frame.line}" if file and frame.line else file
    return f"{frame.function} ({place})" if place else frame.function
