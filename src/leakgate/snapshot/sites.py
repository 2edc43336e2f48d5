"""Program points → sites: merged under one identity that survives rebuilds.

"Why did these two sites match?" is answered here: they have the same chain.
"""

from collections.abc import Sequence
from itertools import compress, groupby

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.profile import Metric, Profile, ProgramPoint, stacks_of
from leakgate.snapshot.model import Site

_SMALLEST_SHARE = 1000
"""A point that is not live counts as a site of its own from 1/1000 of the test's total."""

_METRICS = tuple(Metric)


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
    least = profile.totals[Metric.TOTAL_BYTES] / _SMALLEST_SHARE
    points = [point for point in profile.points if point.gb or point.eb or point.tb > least]
    user = frozenset(index for index, frame in enumerate(frames) if frame.origin is Origin.USER)
    names = [frame.function for frame in frames]
    sums: dict[tuple[str, ...], _Sum] = {}
    for point, stack in zip(points, stacks_of(points), strict=True):
        own = [index for index in stack if index in user]
        chain = _chain(stack, own, names) if own else (_outermost(stack, frames).function,)
        known = sums.get(chain)
        if known is None:
            known = sums[chain] = _Sum()
        known.add(point, stack, own)
    measured = [metric in profile.totals for metric in _METRICS]
    sites = [_site(chain, total, measured, frames) for chain, total in sums.items()]
    sites.sort(key=_weight, reverse=True)
    return tuple(sites)


def _chain(stack: Sequence[int], own: Sequence[int], names: Sequence[str]) -> tuple[str, ...]:
    """The function that was called to allocate, and the user's own; one that calls itself counts once."""
    depth = stack.index(own[0])
    called = (names[stack[depth - 1]],) if depth else ()
    return (*called, *[name for name, _ in groupby([names[index] for index in own])])


def _outermost(stack: Sequence[int], frames: Sequence[ClassifiedFrame]) -> ClassifiedFrame:
    """Where no user function is on the stack: the dependency that was entered first, else what allocated."""
    for index in reversed(stack):
        if frames[index].origin is Origin.DEPENDENCY:
            return frames[index]
    return frames[stack[0] if stack else 0]


class _Sum:
    """The counts of one site while its points are added up, and its heaviest point, which stands for its line."""

    __slots__ = ("counts", "heaviest", "innermost", "stack")

    def __init__(self) -> None:
        self.counts = [0] * len(_METRICS)
        self.heaviest = (-1, -1, -1)
        self.stack: Sequence[int] = ()
        self.innermost: int | None = None

    def add(self, point: ProgramPoint, stack: Sequence[int], own: Sequence[int]) -> None:
        counts = self.counts
        counts[0] += point.tb
        counts[1] += point.tbk
        counts[2] += point.gb or 0
        counts[3] += point.gbk or 0
        counts[4] += point.eb or 0
        counts[5] += point.ebk or 0
        weight = (point.eb or 0, point.gb or 0, point.tb)
        if weight > self.heaviest:
            self.heaviest, self.stack, self.innermost = weight, stack, own[0] if own else None


def _site(
    chain: tuple[str, ...], total: _Sum, measured: Sequence[bool], frames: Sequence[ClassifiedFrame]
) -> Site:
    frame = frames[total.innermost] if total.innermost is not None else None
    return Site(
        chain=chain,
        function=frame.function if frame else chain[0],
        file=frame.file if frame else None,
        line=frame.line if frame and frame.file else None,
        counts=dict(compress(zip(_METRICS, total.counts, strict=True), measured)),
        stack=tuple([frames[index] for index in total.stack]),
    )


def _weight(site: Site) -> tuple[int, int, int]:
    counts = site.counts
    return (
        counts.get(Metric.T_END_BYTES, 0),
        counts.get(Metric.T_GMAX_BYTES, 0),
        counts.get(Metric.TOTAL_BYTES, 0),
    )
