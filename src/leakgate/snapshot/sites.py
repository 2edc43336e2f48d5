"""Program points → sites: merged under one identity that survives rebuilds.

What makes two program points one site is decided here: they have the same chain and text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter

import msgspec

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.profile import FIELD_OF, Metric, Producer, Profile, ProgramPoint, stacks_of
from leakgate.snapshot.initialisers import Initialisers
from leakgate.snapshot.kinds import Classified, classify
from leakgate.snapshot.model import Site, SiteKey
from leakgate.snapshot.sources import Sources

_SMALLEST_SHARE = 1000
"""A point that is not live counts as a site of its own from 1/1000 of the test's total."""

_ALLOCATOR_ENTRY = re.compile(r"\b__rust_(?:alloc|alloc_zeroed|realloc)\b|/library/alloc/src/alloc\.rs:")
"""The functions through which Rust code calls its global allocator."""

_STARTS = re.compile(
    r"(?:std::sys::(?:\w+::)*new::thread_start$|std::rt::lang_start|std::thread::.*spawn_unchecked"
    r"|core::ops::function::FnOnce::|<.* as core::ops::function::FnOnce>::"
    r"|std::sys::.*__rust_begin_short_backtrace|<?(?:std|core)::panic\w*::)"
)
"""What std has on the stack of every thread and program."""

_HEAVIEST_FIRST = (Metric.T_END_BYTES, Metric.T_GMAX_BYTES, Metric.TOTAL_BYTES)


def merge_sites(
    profile: Profile, frames: Sequence[ClassifiedFrame], sources: Sources, *, again: bool = False
) -> tuple[Site, ...]:
    """The program points of one profile, merged by the chain of functions that leads to them.

    The chain is: the function that the innermost user function called to allocate, then the user's functions as
    the source names them, innermost first, each once in a row. No line and no hash is part of it, so it survives
    moved code and another optimisation. The called function, and the text of the line that calls it, keep two
    allocations of one user function apart.

    Points that hold nothing at t-gmax and at t-end and less than 1/`_SMALLEST_SHARE` of the total are left out:
    in a long run these are most points, and none of them can explain growth.

    Args:
        profile: The profile.
        frames: Its frame table, classified.
        sources: The source of the commit that was measured.
        again: Whether the same process has run the test before: then no static is initialised any more, and an
            initialiser that runs is one of an object.

    Returns:
        Sites, heaviest first: by t-end, then t-gmax, then total bytes.
    """
    least = profile.totals[Metric.TOTAL_BYTES] / _SMALLEST_SHARE
    points = [point for point in profile.points if point.gb or point.eb or point.tb > least]
    user = frozenset(index for index, frame in enumerate(frames) if frame.origin is Origin.USER)
    names = _Names(frames, sources)
    stacks = _asking(stacks_of(points), profile, user)
    texts = _Texts(frames, sources)
    groups: dict[SiteKey, list[int]] = {}
    for number, stack in enumerate(stacks):
        own = [index for index in stack if index in user]
        key = (_chain(stack, own, names), texts[own[0]]) if own else ((_outermost(stack, frames).function,), "")
        group = groups.get(key)
        if group is None:
            groups[key] = [number]
        else:
            group.append(number)
    metrics = tuple(profile.totals)
    counts = list(map(attrgetter(*(FIELD_OF[metric] for metric in metrics)), points))
    # A site is shown by its heaviest point, and the heaviest site comes first.
    weigh = itemgetter(*(metrics.index(metric) for metric in _HEAVIEST_FIRST if metric in metrics))
    heaviest = {
        key: max(group, key=lambda number: weigh(counts[number])) if len(group) > 1 else group[0]
        for key, group in groups.items()
    }
    told = {key: classify([frames[index] for index in stacks[number]]) for key, number in heaviest.items()}
    static = _made_once(points, stacks, frames, groups, told)
    sites = []
    for key, group in groups.items():
        sums = (
            counts[group[0]]
            if len(group) == 1
            else [sum(c) for c in zip(*[counts[n] for n in group], strict=True)]
        )
        site = _site(
            key,
            [frames[index] for index in stacks[heaviest[key]]],
            dict(zip(metrics, sums, strict=True)),
            sources,
        )
        kind, within, *_ = told[key]
        sites.append(msgspec.structs.replace(site, kind=kind, within=within, once=key in static and not again))
    return heaviest_first(sites)


def heaviest_first(sites: Iterable[Site]) -> tuple[Site, ...]:
    """The sites by what they hold at t-end, then t-gmax, then in total."""
    return tuple(sorted(sites, key=_weight, reverse=True))


def _asking(stacks: list[list[int]], profile: Profile, user: frozenset[int]) -> list[list[int]]:
    """The stacks without what a global allocator of the project's own adds to them, on the inside.

    Valgrind stands below such an allocator. It is not the one who asks for memory, and would be every site.
    """
    entries = {index for index, text in enumerate(profile.frames) if _ALLOCATOR_ENTRY.search(text)}
    if profile.producer is not Producer.VALGRIND or not entries:
        return stacks
    asking = []
    for stack in stacks:
        entry = next((depth for depth, index in enumerate(stack) if index in entries), 0)
        asking.append(stack if user.isdisjoint(stack[:entry]) else stack[entry:])
    return asking


def _made_once(
    points: Sequence[ProgramPoint],
    stacks: Sequence[Sequence[int]],
    frames: Sequence[ClassifiedFrame],
    groups: Mapping[SiteKey, Sequence[int]],
    told: Mapping[SiteKey, Classified],
) -> set[SiteKey]:
    """The sites that a static's initialiser made. One point that calls allocate makes a site one of those.

    Args:
        points: The program points.
        stacks: Theirs.
        frames: What the stacks refer to.
        groups: The numbers of each site's points.
        told: What each site's heaviest point tells.
    """
    initialisers = Initialisers()
    asked: dict[SiteKey, list[tuple[bool, tuple[int, ...]]]] = {}
    for key, group in groups.items():
        if not told[key].once and told[key].cell is None:
            continue
        asked[key] = []
        for number in group:
            point = classify([frames[index] for index in stacks[number]])
            cell = () if point.cell is None else tuple(stacks[number][point.cell.depth :])
            if point.cell is not None and not point.cell.nested:
                initialisers.saw(cell, points[number], point.kind)
            asked[key].append((point.once, cell))
    return {
        key for key, found in asked.items() if all(once or initialisers.ran_once(cell) for once, cell in found)
    }


class _Names(dict[int, str]):
    """Index of a frame → its function; the user's as the source names it."""

    def __init__(self, frames: Sequence[ClassifiedFrame], sources: Sources) -> None:
        super().__init__()
        self._frames = frames
        self._sources = sources

    def __missing__(self, index: int) -> str:
        frame = self._frames[index]
        name = self._sources.function(frame) if frame.origin is Origin.USER else frame.function
        self[index] = name
        return name


class _Texts(dict[int, str]):
    """Index of a user frame → the digest of its line."""

    def __init__(self, frames: Sequence[ClassifiedFrame], sources: Sources) -> None:
        super().__init__()
        self._frames = frames
        self._sources = sources

    def __missing__(self, index: int) -> str:
        text = self[index] = self._sources.text(self._frames[index])
        return text


def _chain(stack: Sequence[int], own: Sequence[int], names: Mapping[int, str]) -> tuple[str, ...]:
    """The function that was called to allocate, and the user's own; one that calls itself counts once."""
    depth = stack.index(own[0])
    called = (names[stack[depth - 1]],) if depth else ()
    return (*called, *[name for name, _ in groupby([names[index] for index in own])])


def _outermost(stack: Sequence[int], frames: Sequence[ClassifiedFrame]) -> ClassifiedFrame:
    """Where no user function is on the stack: the dependency that was entered first, else what std was asked for.

    That is std's outermost function but for those that start any thread or program.
    """
    for index in reversed(stack):
        if frames[index].origin is Origin.DEPENDENCY:
            return frames[index]
    for index in reversed(stack):
        if frames[index].origin is Origin.STD and not _STARTS.match(frames[index].function):
            return frames[index]
    return frames[stack[0] if stack else 0]


def _site(key: SiteKey, stack: Sequence[ClassifiedFrame], counts: Mapping[Metric, int], sources: Sources) -> Site:
    chain, text = key
    own = [frame for frame in stack if frame.origin is Origin.USER]
    if not own:
        return Site(chain=chain, function=chain[0], counts=counts, stack=tuple(stack))
    innermost = own[0]
    symbols = [
        *chain[: stack[0] is not innermost],
        *(name for name, _ in groupby(frame.function for frame in own)),
    ]
    return Site(
        chain=chain,
        names=() if symbols == [*chain] else tuple(symbols),
        text=text,
        function=sources.function(innermost),
        file=innermost.file,
        line=innermost.line if innermost.file else None,
        counts=counts,
        starts=sources.starts(innermost),
        forgets=sources.forgets(own),
        stack=tuple(stack),
    )


def _weight(site: Site) -> tuple[int, ...]:
    return tuple([site.counts.get(metric, 0) for metric in _HEAVIEST_FIRST])
