"""A stack as a report shows it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.names import crate_of

LIBRARY_ROOT = re.compile(
    r"^.*?/(?:registry/src/[^/]+|git/checkouts)/|^/rustc/[0-9a-f]+/library/|^.*?/lib/rustlib/src/rust/library/|^/rust/deps/"
)
"""Where a machine keeps other people's sources; what follows says enough: `tokio-1.54.1/src/task/spawn.rs`."""


@dataclass(frozen=True, slots=True)
class FoldedStack:
    """A stack as lines of text.

    Attributes:
        lines: Innermost frame first; a run of library frames is one line that counts them.
        own: Which of the lines are the user's functions, from 0.
    """

    lines: tuple[str, ...]
    own: tuple[int, ...]


def fold(stack: Sequence[ClassifiedFrame]) -> FoldedStack:
    """What a reader needs of a stack: the user's frames, and for each run of others the one that they called.

    The frames of the allocator on the inside and those of the runtime on the outside are only counted.
    """
    lines: list[str] = []
    own: list[int] = []
    for is_run, frames in groupby(_told(stack), key=lambda told: told[0]):
        if is_run:
            lines.append(_count([frame for _, frame in frames]))
            continue
        for _, frame in frames:
            if frame.origin is Origin.USER:
                own.append(len(lines))
            lines.append(_display(frame))
    return FoldedStack(tuple(lines), tuple(own))


def _told(stack: Sequence[ClassifiedFrame]) -> Iterator[tuple[bool, ClassifiedFrame]]:
    """Each frame, and whether it is only counted."""
    for frame, caller in zip_longest(stack, stack[1:]):
        called_by_user = caller is not None and caller.origin is Origin.USER
        yield frame.origin is not Origin.USER and not called_by_user, frame


def _count(run: Sequence[ClassifiedFrame]) -> str:
    """`⋯ 14 tokio frames`: whose they are, where one crate alone called the standard library in between."""
    dependencies = {crate_of(frame.function) for frame in run if frame.origin is Origin.DEPENDENCY}
    crates = dependencies or {crate_of(frame.function) for frame in run}
    owner = next(iter(crates)) if len(crates) == 1 else ""
    return f"⋯ {len(run)} {owner or 'library'} frame{'' if len(run) == 1 else 's'}"


def _display(frame: ClassifiedFrame) -> str:
    file = frame.file or (LIBRARY_ROOT.sub("", frame.path) if frame.path else None)
    place = f"{file}:{frame.line}" if file and frame.line else file
    return f"{frame.function} ({place})" if place else frame.function
