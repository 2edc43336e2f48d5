"""Program points → sites: merged under one identity that survives rebuilds.

"Why did these two sites match?" is answered here: they have the same chain.
"""

from collections.abc import Iterator, Sequence

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.profile import Metric, Profile, ProgramPoint
from leakgate.snapshot.model import Site

_SMALLEST_SHARE = 1000
"""A point that is not live counts as a site of its own from 1/1000 of the test's total."""


def merge_sites(profile: Profile, frames: Sequence[ClassifiedFrame]) -> tuple[Site, ...]:
    """The program points of one profile, merged by the chain of functions that leads to them.

    The chain is: the function that the innermost user function called to allocate, then the user's functions,
    innermost first, each once in a row. No line and no hash is part of it, so it survives moved code; the called
    function keeps two different allocations of one user function apart.

    Points that hold nothing at t-gmax and at t-end and less than 1/`_SMALLEST_SHARE` of the total are left out:
    in a long run these are most points, and none of them can explain growth.

    Args:
        profile: The profile.
        frames: Its frame table, classified.

    Returns:
        Sites, heaviest first: by t-end, then t-gmax, then total bytes.
    """
    merged: dict[tuple[str, ...], _Sum] = {}
    user = [frame.function if frame.origin is Origin.USER else None for frame in frames]
    least = profile.totals[Metric.TOTAL_BYTES] / _SMALLEST_SHARE
    for point in profile.points:
        if not point.gb and not point.eb and point.tb <= least:
            continue
        stack = point.stack
        chain = _chain(stack, frames, user)
        known = merged.get(chain)
        if known is None:
            known = merged[chain] = _Sum()
        known.add(point, stack)
    metrics = tuple(profile.totals)
    sites = [_site(chain, total, metrics, frames) for chain, total in merged.items()]
    sites.sort(key=_weight, reverse=True)
    return tuple(sites)


def _chain(stack: Sequence[int], frames: Sequence[ClassifiedFrame], user: Sequence[str | None]) -> tuple[str, ...]:
    chain: list[str] = []
    for depth, index in enumerate(stack):
        name = user[index]
        if name is None:
            continue
        if not chain:
            chain = [frames[stack[depth - 1]].function, name] if depth else [name]
        elif name != chain[-1]:
            chain.append(name)
    if chain:
        return tuple(chain)
    outermost = next((i for i in reversed(stack) if frames[i].origin is Origin.DEPENDENCY), None)
    if outermost is None:
        outermost = stack[0] if stack else 0
    return (frames[outermost].function,)


class _Sum:
    """The counts of one site while its points are added up, and its heaviest point, which stands for its line."""

    __slots__ = ("counts", "heaviest", "stack")

    def __init__(self) -> None:
        self.counts = [0] * len(Metric)
        self.heaviest = (-1, -1, -1)
        self.stack: Sequence[int] = ()

    def add(self, point: ProgramPoint, stack: Sequence[int]) -> None:
        counts = self.counts
        counts[0] += point.tb
        counts[1] += point.tbk
        counts[2] += point.gb or 0
        counts[3] += point.gbk or 0
        counts[4] += point.eb or 0
        counts[5] += point.ebk or 0
        weight = (point.eb or 0, point.gb or 0, point.tb)
        if weight > self.heaviest:
            self.heaviest, self.stack = weight, stack


def _site(
    chain: tuple[str, ...],
    total: _Sum,
    metrics: Sequence[Metric],
    frames: Sequence[ClassifiedFrame],
) -> Site:
    innermost = next((i for i in total.stack if frames[i].origin is Origin.USER), None)
    frame = frames[innermost] if innermost is not None else None
    by_metric = dict(zip(Metric, total.counts, strict=True))
    return Site(
        chain=chain,
        function=frame.function if frame else chain[0],
        file=frame.file if frame else None,
        line=frame.line if frame and frame.file else None,
        counts={metric: by_metric[metric] for metric in metrics},
        stack=tuple(_folded([frames[i] for i in total.stack])),
    )


def _folded(stack: Sequence[ClassifiedFrame]) -> Iterator[str]:
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
    file = frame.file or frame.path
    place = f"{file}:{frame.line}" if file and frame.line else file
    return f"{frame.function} ({place})" if place else frame.function


def _weight(site: Site) -> tuple[int, int, int]:
    counts = site.counts
    return (
        counts.get(Metric.T_END_BYTES, 0),
        counts.get(Metric.T_GMAX_BYTES, 0),
        counts.get(Metric.TOTAL_BYTES, 0),
    )
