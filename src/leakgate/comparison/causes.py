"""What grew in a test → why it is probably still alive, and what that rests on.

DHAT counts blocks and knows of no references, so a cause is an inference from three things: what a block is
(`Site.kind`), how many of those that were allocated lived at the instant, and where the code that allocated the
others was. Each rule says why it follows, and when it stays silent: a wrong cause is worse than none.

Some sites tell a cause themselves (a task's cell, a queue's buffer): the *holders*. The others inherit the cause
of what probably holds them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leakgate.comparison.matching import SitePair
from leakgate.comparison.result import Cause, Evidence, Place
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Kind, Site, Within

_POINTER = 8
"""Bytes. What is alive and can be reached takes a pointer in something that is alive."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a site's memory is probably still alive."""

    cause: Cause
    evidence: Evidence


def explain(
    sites: Sequence[SitePair], crossed: Sequence[Metric], *, has_base: bool, again: bool
) -> tuple[Explanation | None, ...]:
    """A cause for each site, None where nothing is claimed.

    Args:
        sites: All of one test's.
        crossed: The metrics that crossed a limit; the first that explains a site counts. Only bytes at t-end and
            t-gmax are instants at which something lives.
        has_base: Whether there is a baseline. Without one all that is alive at the peak is "new", which tells
            nothing; what is alive at the end outlived its test all the same.
        again: Whether a test that leaves memory behind is measured as it runs again in the same process.
    """
    found: dict[int, Explanation] = {}
    for metric in crossed:
        if metric is Metric.T_END_BYTES or (metric is Metric.T_GMAX_BYTES and has_base):
            instant = _Instant(sites, at_end=metric is Metric.T_END_BYTES, again=again)
            found = instant.explanations() | found
    return tuple(found.get(number) for number in range(len(sites)))


@dataclass(frozen=True, slots=True)
class _Grown:
    """A site that holds more than in the baseline.

    Attributes:
        number: Its place among the test's sites.
        site: The head's side.
        bytes: By how much it grew.
        blocks: By how many blocks.
        alive: Blocks that lived.
        allocated: Blocks that were ever allocated. One that was enlarged counts once more each time.
        by_size: Whether most of the growth is of blocks that became larger. None without the site in the baseline.
    """

    number: int
    site: Site
    bytes: int
    blocks: int
    alive: int
    allocated: int
    by_size: bool | None

    def lives(self, share: float) -> bool:
        """Whether at least this share of what was ever allocated lived."""
        return self.alive >= share * self.allocated


_MOST = 0.75
"""A quarter may be gone: what ended early, and buffers of the library's that were too small."""

_FIRST_PLACES = 4
_REGROWN = 3
"""Blocks for each that lives: enlarged twice at least, from a `Vec`'s first 4 places to 16."""

_OF_THREADS = 1 / 3
"""Of five blocks that starting a thread takes, two or three live until it has ended (library/std/src/thread)."""

_OF_HELD = 1 / 3
"""What is held may be text, which was enlarged once or twice while it was written."""

_TABLES = re.compile(r"Hash(?:Map|Set)|hashbrown::|[Dd]ash[Mm]ap|[Ii]ndex(?:Map|Set)|indexmap::")
_MAKES = re.compile(r"::(?:channel|bounded|new|with_capacity|sync_channel|broadcast)$")
_COLLECTIONS = frozenset({Kind.LIST, Kind.MAP})
_POINTERS = frozenset({Kind.ARC, Kind.RC})
_RUNS_IN = {Kind.TASK: Within.TASK, Kind.BLOCKING_TASK: Within.POOL, Kind.THREAD: Within.THREAD}
_PARTS = frozenset({Kind.RUNTIME, Kind.TASK, Kind.BLOCKING_TASK, Kind.THREAD, Kind.QUEUE})
"""Held by a runtime or a thread if by anything: they are not what queues and collections are for."""

_ON_A_STACK = frozenset({Cause.DETACHED_THREAD, Cause.LEAKED_RUNTIME})
"""What holds memory by pointers on a thread's stack, of which no block tells."""


@dataclass(frozen=True, slots=True)
class _Holder:
    grown: _Grown
    cause: Cause


class _Instant:
    """What lived at one instant: the peak or the end."""

    def __init__(self, sites: Sequence[SitePair], *, at_end: bool, again: bool) -> None:
        self._sites = sites
        self._at_end = at_end
        self._again = again
        self._bytes = Metric.T_END_BYTES if at_end else Metric.T_GMAX_BYTES
        self._blocks = Metric.T_END_BLOCKS if at_end else Metric.T_GMAX_BLOCKS
        grown = [found for number, pair in enumerate(sites) if (found := self._grown(number, pair))]
        self._forgotten = [one for one in grown if one.site.forgets]
        self._static = [one for one in grown if one.site.once and not one.site.forgets]
        self._grown_sites = [one for one in grown if not one.site.once and not one.site.forgets]

    def explanations(self) -> dict[int, Explanation]:
        """Number of the site → why it is probably still alive."""
        found = {one.number: self._explanation(one, _Holder(one, Cause.STATIC_INIT)) for one in self._static}
        holders = self._holders()
        found |= {holder.grown.number: self._explanation(holder.grown, holder) for holder in holders}
        held = [one for one in self._grown_sites if one.number not in found]
        return found | {one.number: self._explanation(one, holder) for one, holder in self._held(held, holders)}

    def _grown(self, number: int, pair: SitePair) -> _Grown | None:
        size = pair.delta(self._bytes)
        if not pair.head or size <= 0:
            return None
        base, head = pair.base_counts, pair.head_counts
        alive, before = head.get(self._blocks, 0), base.get(self._blocks, 0)
        enlarged = head.get(self._bytes, 0) - base.get(self._bytes, 0) / before * alive if before else 0
        return _Grown(
            number=number,
            site=pair.shown((self._bytes,)),
            bytes=size,
            blocks=pair.delta(self._blocks),
            alive=alive,
            allocated=max(alive, head.get(Metric.TOTAL_BLOCKS, 0)),
            by_size=2 * enlarged > size if before else None,
        )

    def _explanation(self, one: _Grown, holder: _Holder) -> Explanation:
        site = holder.grown.site
        own = _users(site)
        return Explanation(
            holder.cause,
            Evidence(
                metric=self._blocks,
                alive=holder.grown.alive,
                allocated=holder.grown.allocated,
                at=None if holder.grown is one else Place(function=site.function, file=site.file, line=site.line),
                through=site.chain[0] if site.chain[0] not in own else None,
            ),
        )

    def _holders(self) -> list[_Holder]:
        runtimes = self._of(Kind.RUNTIME) if self._at_end else []
        threads = [one for one in self._of(Kind.THREAD) if self._at_end or one.lives(_OF_THREADS)]
        if runtimes and not (threads and all(one.site.within is Within.THREAD for one in runtimes)):
            return _leaked_runtime(runtimes, self._of(Kind.TASK, Kind.BLOCKING_TASK, Kind.THREAD, Kind.QUEUE))
        holders = [
            *[_Holder(one, Cause.DETACHED_THREAD) for one in threads],
            *[_Holder(one, Cause.UNFINISHED_TASK) for one in self._of(Kind.TASK) if self._is_unfinished(one)],
            *[_Holder(one, self._of_a_pool()) for one in self._of(Kind.BLOCKING_TASK)],
            *[_Holder(one, Cause.UNBOUNDED_QUEUE) for one in self._grown_sites if _is_backlog(one)],
        ]
        collections = [one for one in self._grown_sites if self._is_collection(one)]
        holders += [_Holder(one, Cause.GROWING_COLLECTION) for one in collections]
        return holders or self._cycle()

    def _of(self, *kinds: Kind) -> list[_Grown]:
        """The sites of these kinds that have more blocks."""
        return [one for one in self._grown_sites if one.site.kind in kinds and one.blocks > 0]

    def _is_unfinished(self, task: _Grown) -> bool:
        """Whether tasks that were spawned have not ended.

        Tokio and async-task free a task's cell when it has ended and its handle is gone. So at the end of a test a
        cell that lives is of a task that has not, and at the peak it is if nearly none was ever freed.

        Silent where the handles are kept as well and all that the tasks allocated is freed: then they may have
        ended, and what grows is the collection of handles.
        """
        if not self._at_end and not task.lives(_MOST):
            return False
        if not any(one.site.function == task.site.function for one in self._of(*_COLLECTIONS)):
            return True
        contents = [
            site
            for pair in self._sites
            for site in pair.head
            if site.within is Within.TASK and _runs_in(site, task.site)
        ]
        return not contents or any(site.counts.get(self._blocks, 0) for site in contents)

    def _of_a_pool(self) -> Cause:
        """Why closures for a pool of threads live.

        A pool has a limit of threads and none of closures: what is handed in beyond it waits in a queue of the
        pool's. At the end of a test nothing waits any more, unless one does not end.
        """
        return Cause.UNFINISHED_TASK if self._at_end else Cause.UNBOUNDED_QUEUE

    def _is_collection(self, one: _Grown) -> bool:
        """Whether one collection became larger, and not only their number.

        A `Vec` and a hash table double when they are full, so the site has fewer live blocks than it allocated,
        and larger ones than in the baseline; a tree gets more nodes. Many small lists are elements of something
        else. At the end it is enough that a list has several elements: one that a static holds was enlarged from
        what an earlier run of the test left in it.

        Silent for handles (`_has_handles`) and, at the end, where `Arc`s may own it (`_may_be_owned`).
        """
        if one.site.kind not in _COLLECTIONS or _has_handles(one, self._of(Kind.TASK, Kind.THREAD)):
            return False
        if self._at_end and self._may_be_owned(one):
            return False
        if one.site.kind is Kind.MAP and not _TABLES.search(one.site.chain[0]) and one.blocks > 1:
            return True
        doubled = one.allocated >= _REGROWN * one.alive if one.by_size is None else one.by_size
        if doubled and one.allocated > one.alive:
            return True
        return self._at_end and any(2 * one.blocks <= element.blocks for element in self._elements(one))

    def _may_be_owned(self, collection: _Grown) -> bool:
        """Whether `Arc`s or `Rc`s that live at the end own it, as a parent owns the list of its children.

        No static can hold an `Rc`, which is not `Sync`. One that holds a list of `Arc`s had it before the test ran
        again: then it was enlarged once at most, and has room for two runs. Of a table with few entries that does
        not tell.
        """
        pointers = self._of(*_POINTERS)
        if any(pointer.site.kind is Kind.RC for pointer in pointers):
            return True
        most = max((pointer.blocks for pointer in pointers), default=0)
        if collection.site.kind is Kind.MAP:
            small = 0 < most <= _FIRST_PLACES
        else:
            small = collection.bytes <= _POINTER * max(_FIRST_PLACES, 2 * most - 1) * max(1, collection.blocks)
        return bool(pointers) and (small or collection.allocated > collection.alive)

    def _elements(self, collection: _Grown) -> list[_Grown]:
        """What may be its elements: allocated in the same function, and not too many to have a place in it."""
        return [
            one
            for one in self._grown_sites
            if one is not collection
            and one.site.function == collection.site.function
            and 0 < _POINTER * one.blocks <= collection.bytes
        ]

    def _cycle(self) -> list[_Holder]:
        """`Arc`s or `Rc`s that outlived the test, with nothing that could hold them: they hold each other.

        At the peak an owner on a stack holds them like anything else, so nothing is claimed. Nor is it where
        something grew that could hold them (`_holders` found none), where memory is forgotten on purpose, or where
        a collection grew that may be a static's: any, in a test that ran once.
        """
        if not self._at_end or self._forgotten:
            return []
        pointers = self._of(*_POINTERS)
        if any(pointer.site.kind is Kind.ARC for pointer in pointers):
            beside = self._of(*_COLLECTIONS)
            if (beside and not self._again) or any(_may_be_a_statics(one) for one in beside):
                return []
        return [_Holder(one, Cause.REFERENCE_CYCLE) for one in pointers if one.lives(_MOST)]

    def _held(self, sites: Iterable[_Grown], holders: Sequence[_Holder]) -> list[tuple[_Grown, _Holder]]:
        """What lives because something else does.

        What one function allocates together usually belongs together. Where only an outer function is shared,
        which every site of a test may do, it has to be many blocks, and all holders of the test of one cause. And
        the blocks must fit: each takes a pointer in what holds it.
        """
        single = len({holder.cause for holder in holders}) == 1
        weight: dict[Cause, int] = {}
        for holder in holders:
            weight[holder.cause] = weight.get(holder.cause, 0) + holder.grown.bytes
        room = dict(weight)
        links = []
        for one in sites:
            if one.blocks <= 0 or not (self._at_end or one.lives(_OF_HELD)):
                continue
            near = max(
                (
                    (_link(one.site, holder.grown.site), weight[holder.cause], -n)
                    for n, holder in enumerate(holders)
                ),
                default=(_UNRELATED, 0, 0),
            )
            by = holders[-near[2]].cause if near[0] else None
            if by not in _ON_A_STACK and one.site.kind in _PARTS:
                continue
            if near[0] >= _CALLS or (near[0] == _DISTANT and single and _is_many(one, holders[-near[2]].grown)):
                links.append((near[0], one, holders[-near[2]]))
        held = []
        for _, one, holder in sorted(links, key=lambda link: (-link[0], link[1].blocks, link[1].number)):
            needed = _POINTER * one.blocks
            if holder.cause in _ON_A_STACK or needed <= room[holder.cause]:
                room[holder.cause] += one.bytes - needed
                held.append((one, holder))
        return held


def _is_many(one: _Grown, holder: _Grown) -> bool:
    """Whether so many blocks came with the holder: of tasks and threads, each holds about what the next does."""
    return 2 * one.blocks > (holder.blocks if holder.site.kind in _RUNS_IN else 2)


def _leaked_runtime(runtimes: Sequence[_Grown], inside: Iterable[_Grown]) -> list[_Holder]:
    """A runtime that outlived the test, more than in the baseline: its tasks, threads and queues live in it.

    Dropping a runtime drops its tasks. So where one is kept the tasks tell nothing, and where as many were kept
    before the runtime is not what is new.
    """
    root = max(runtimes, key=lambda one: one.bytes)
    return [_Holder(one, Cause.LEAKED_RUNTIME) for one in (root, *[r for r in runtimes if r is not root], *inside)]


def _may_be_a_statics(collection: _Grown) -> bool:
    """Whether it is a table that was never enlarged: one of a few entries, or one from an earlier run."""
    return collection.site.kind is Kind.MAP and collection.allocated == collection.alive


def _has_handles(collection: _Grown, started: Iterable[_Grown]) -> bool:
    """Whether it is kept beside more memory of tasks or threads that the same function starts: their handles."""
    return any(one.site.function == collection.site.function and one.bytes > collection.bytes for one in started)


def _is_backlog(one: _Grown) -> bool:
    """Whether a queue holds more that nobody took out.

    A list of blocks grows with each send that no receive makes up for. A ring has its size from the start: more of
    them are more channels, which is no backlog; a larger one is.
    """
    if one.site.kind is not Kind.QUEUE:
        return False
    return one.by_size is True if _MAKES.search(one.site.chain[0]) else True


_UNRELATED, _DISTANT, _CALLS, _SAME = range(4)
"""How near two sites are: not at all, by an outer function, one calls the other, in one function."""


def _link(site: Site, holder: Site) -> int:
    if _runs_in(site, holder) or site.function == holder.function:
        return _SAME
    own, others = _users(site), _users(holder)
    if holder.function in own and holder.function != others[-1]:
        return _CALLS
    if site.function in others and site.function != own[-1]:
        return _CALLS
    if not set(own).isdisjoint(others):
        return _DISTANT
    same_thread = holder.kind in _RUNS_IN and site.within is _RUNS_IN[holder.kind]
    return _DISTANT if same_thread else _UNRELATED


def _runs_in(site: Site, holder: Site) -> bool:
    """Whether it was allocated by what this task or thread runs: the function it was given, or a block in it."""
    if holder.kind not in _RUNS_IN or site.within is not _RUNS_IN[holder.kind]:
        return False
    own = _users(site)
    return holder.function in own or any(name.rpartition("::")[2] in holder.starts for name in own)


def _users(site: Site) -> Sequence[str]:
    """The user's functions on the chain, innermost first."""
    if site.function in site.chain:
        return site.chain[site.chain.index(site.function) :]
    return site.chain
