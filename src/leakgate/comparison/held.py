"""What lives because something else does: the sites that inherit the cause of what probably holds them."""

import re
from collections.abc import Iterable, Sequence

from leakgate.comparison.grown import POINTERS, RUNS_IN, Grown, Instant, Near, near
from leakgate.comparison.holders import POINTER, Holder, makes_a_queue
from leakgate.comparison.result import Cause
from leakgate.snapshot.model import Kind

_OF_HELD = 1 / 3
"""What is held may be text, which was enlarged once or twice while it was written."""

_PARTS = frozenset({Kind.RUNTIME, Kind.TASK, Kind.BLOCKING_TASK, Kind.THREAD, Kind.QUEUE})
"""Held by a runtime or a thread if by anything: they are not what queues and collections are for."""

_ON_A_STACK = frozenset({Cause.DETACHED_THREAD, Cause.LEAKED_RUNTIME})
"""What holds memory by pointers on a thread's stack, of which no block tells."""

_RUNS_CODE = frozenset({Kind.RUNTIME, *RUNS_IN})

_IN_A_RING = 0.9
_MESSAGES = 8
"""Blocks: fewer are a channel in use."""


def held_by(sites: Iterable[Grown], holders: Sequence[Holder], instant: Instant) -> Sequence[tuple[Grown, Holder]]:
    """Each site that something holds, and what.

    What one function allocates together usually belongs together. Where only an outer function is shared, which
    every site of a test may do, it has to be many blocks, and all holders that they fit into of one cause. For the
    blocks must fit: each takes a pointer in what holds it. Blocks of one function may as well hold each other.
    """
    weight: dict[Cause, int] = {}
    for holder in holders:
        weight[holder.cause] = weight.get(holder.cause, 0) + holder.grown.bytes
    links: list[tuple[Near, Grown, Holder]] = []
    for one in sites:
        if one.blocks <= 0 or not (instant.at_end or one.survives(_OF_HELD)):
            continue
        nearness, _, number = max(
            ((_near(one, holder), weight[holder.cause], -n) for n, holder in enumerate(holders)),
            default=(Near.UNRELATED, 0, 0),
        )
        if nearness is Near.UNRELATED:
            continue
        by = holders[-number]
        if by.cause not in _ON_A_STACK and one.site.kind in _PARTS and not makes_a_queue(one):
            continue
        fits = {cause for cause, size in weight.items() if cause in _ON_A_STACK or POINTER * one.blocks <= size}
        if nearness >= Near.CALLS or (fits == {by.cause} and _is_many(one, by.grown)):
            links.append((nearness, one, by))
    links.sort(key=lambda link: (-link[0], link[1].blocks, link[1].number))
    room = dict(weight)
    held = []
    for nearness, one, holder in links:
        needed = POINTER * one.blocks
        together = nearness is Near.SAME and len(weight) == 1
        if together or holder.cause in _ON_A_STACK or needed <= room[holder.cause]:
            room[holder.cause] += one.bytes - needed
            held.append((one, holder))
    return held


def _near(one: Grown, holder: Holder) -> Near:
    """How near, but that what a task or thread allocates is distant from others of these alone.

    It may well be in its own future or on its own stack.
    """
    found = near(one, holder.grown)
    if found is Near.DISTANT and one.site.within and holder.grown.site.kind not in _RUNS_CODE:
        return Near.UNRELATED
    return found


def _is_many(one: Grown, holder: Grown) -> bool:
    """Whether so many blocks came with the holder.

    Of tasks, threads and counted blocks each holds about what the next does; a collection has several elements.
    """
    return 2 * one.blocks > (holder.blocks if holder.site.kind in {*RUNS_IN, *POINTERS} else 2)


def in_rings(instant: Instant) -> Sequence[tuple[Grown, Holder]]:
    """Messages that fill a ring, and the ring: the last resort where nothing else holds more at the peak.

    A bounded channel of std's, Tokio's or crossbeam's has all its places from the start, so it holds more without
    taking more. What fills it is alive from then on, nearly all of it, in as many blocks as have a place there.
    That the same code made both is all that ties them.
    """
    if instant.at_end:
        return []
    rings = sorted(filter(makes_a_queue, instant.all_of(Kind.QUEUE)), key=lambda ring: -ring.held)
    if not rings:
        return []
    return [
        (one, Holder(ring, Cause.UNBOUNDED_QUEUE))
        for one in instant.others
        if one.site.kind not in _PARTS
        and one.blocks >= _MESSAGES
        and one.lives(_IN_A_RING)
        and (ring := next((ring for ring in rings if _may_fill(one, ring)), None))
    ]


def _may_fill(one: Grown, ring: Grown) -> bool:
    if POINTER * one.alive > ring.held:
        return False
    return near(one, ring) >= Near.CALLS or _module(one.site.function) == _module(ring.site.function)


_TYPE = re.compile(r"::[A-Z].*")


def _module(function: str) -> str:
    """`app::feed` of `app::feed::Feed::publish`, `<app::feed::Feed as T>::publish` and `app::feed::publish`."""
    path = function.removeprefix("<").partition(" as ")[0]
    return _TYPE.sub("", path) if _TYPE.search(path) else path.rpartition("::")[0]
