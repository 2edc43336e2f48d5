"""The sites that tell a cause themselves: a task's cell, a queue's buffer, a collection, a thread, a cycle.

Each rule says why it follows, and when it stays silent: a wrong cause is worse than none.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leakgate.comparison.grown import COLLECTIONS, POINTERS, REGROWN, Grown, Instant, Near, near, runs_in
from leakgate.comparison.result import Cause
from leakgate.snapshot.model import Kind, Within

POINTER = 8
"""Bytes. What is alive and can be reached takes a pointer in something that is alive."""

_FAT_POINTER = 24
"""Bytes of a place in a list with a pointer in it, and what may stand beside: a table of methods, a key."""

_MOST = 0.75
"""A quarter may be gone: what ended early, and buffers of the library's that were too small."""

_FIRST_PLACES = 4

_OF_THREADS = 1 / 3
"""Of five blocks that starting a thread takes, two or three live until it has ended (library/std/src/thread)."""

_TABLES = re.compile(r"Hash(?:Map|Set)|hashbrown::|[Dd]ash[Mm]ap|[Ii]ndex(?:Map|Set)|indexmap::")
_FIFO = re.compile(r"vec_deque::VecDeque::(?:push_back|extend|append)\w*$")
_COLLECTS = re.compile(r"::(?:try_)?(?:collect\w*|unzip|from_iter|partition)$")
_MAKES = re.compile(r"::(?:channel|(?:un)?bounded(?:_async|_channel)?|new|with_capacity|sync_channel|broadcast)$")
_SETS = re.compile(
    r"::(?:(?:JoinSet|JoinMap|join_set::Builder)::(?:spawn|build_task)\w*|Futures(?:Uno|O)rdered::(?:push|extend)\w*)$"
)
"""A set of the user's own, in which what has ended stays until somebody takes its result."""


@dataclass(frozen=True, slots=True)
class Holder:
    """What holds memory, itself or what it refers to, and why it is probably still alive."""

    grown: Grown
    cause: Cause


def makes_a_queue(one: Grown) -> bool:
    """Whether the queue was made here, and not filled."""
    return one.site.kind is Kind.QUEUE and _MAKES.search(one.site.chain[0]) is not None


def holders(instant: Instant) -> Sequence[Holder]:
    """The sites of an instant that tell a cause themselves."""
    runtimes = instant.of(Kind.RUNTIME) if instant.at_end else []
    threads = [one for one in instant.of(Kind.THREAD) if instant.at_end or one.lives(_OF_THREADS)]
    if runtimes and not (threads and all(one.site.within is Within.THREAD for one in runtimes)):
        return _leaked_runtime(runtimes, instant.of(Kind.TASK, Kind.BLOCKING_TASK, Kind.THREAD, Kind.QUEUE))
    found = [
        *[Holder(one, Cause.DETACHED_THREAD) for one in threads],
        *[Holder(one, _of_tasks(one)) for one in instant.of(Kind.TASK) if _is_unfinished(one, instant)],
        *[Holder(one, _of_a_pool(instant)) for one in instant.of(Kind.BLOCKING_TASK)],
        *[
            Holder(one, Cause.GROWING_COLLECTION if _SETS.search(one.site.chain[0]) else Cause.UNBOUNDED_QUEUE)
            for one in instant.others
            if _is_backlog(one) and not (instant.at_end and any(near(one, by) for by in threads))
        ],
    ]
    collections = [one for one in instant.others if _is_collection(one, instant)]
    if not (found or collections):
        collections = _of_statics(instant)
    found += [Holder(one, _of_a_collection(one, instant)) for one in collections]
    return found or _cycle(instant)


def _of_tasks(task: Grown) -> Cause:
    """Why cells of tasks live.

    A `JoinSet` holds the handle of each of its tasks, so that the cell stays when the task has ended, with its
    result. What piles up there nobody takes.
    """
    return Cause.GROWING_COLLECTION if _SETS.search(task.site.chain[0]) else Cause.UNFINISHED_TASK


def _is_unfinished(task: Grown, instant: Instant) -> bool:
    """Whether tasks that were spawned have not ended.

    Tokio and async-task free a task's cell when it has ended and its handle is gone. So at the end of a test a
    cell that lives is of a task that has not, and at the peak it is if nearly none was ever freed.

    Silent where the handles are kept as well and all that the tasks allocated is freed: then they may have
    ended, and what grows is the collection of handles.
    """
    if not instant.at_end and not task.lives(_MOST):
        return False
    if not any(one.site.function == task.site.function for one in instant.of(*COLLECTIONS)):
        return True
    contents = [site for site in instant.of_tasks if runs_in(site, task.site)]
    return not contents or any(instant.alive(site) for site in contents)


def _of_a_collection(one: Grown, instant: Instant) -> Cause:
    """Why a collection that became larger is so large.

    A `VecDeque` gives back first what was put in first. Where threads run beside the one that fills it, it is the
    queue between them, as in a pool of one's own: nobody takes out as fast as is put in.
    """
    is_between = _FIFO.search(one.site.chain[0]) and instant.all_of(Kind.THREAD)
    return Cause.UNBOUNDED_QUEUE if is_between else Cause.GROWING_COLLECTION


def _of_a_pool(instant: Instant) -> Cause:
    """Why closures for a pool of threads live.

    A pool has a limit of threads and none of closures: what is handed in beyond it waits in a queue of the
    pool's. At the end of a test nothing waits any more, unless one does not end.
    """
    return Cause.UNFINISHED_TASK if instant.at_end else Cause.UNBOUNDED_QUEUE


def _is_backlog(one: Grown) -> bool:
    """Whether a queue holds more that nobody took out.

    A list of blocks grows with each send that no receive makes up for. Where it was made, it holds more only if
    it was enlarged there since, as the `VecDeque` of an unbounded channel is. More of them are more channels, and
    one that was made larger is a larger buffer.

    At the end of a test nothing on a stack holds a queue any more. Where a thread has not ended, that does.
    """
    if one.site.kind is not Kind.QUEUE:
        return False
    return not makes_a_queue(one) or one.was_enlarged


def _is_collection(one: Grown, instant: Instant) -> bool:
    """Whether one collection became larger, and not only their number.

    A `Vec` and a hash table double when they are full, so the site has fewer live blocks than it allocated,
    and larger ones than in the baseline; a tree gets more nodes. Many small lists are elements of something
    else. At the end it is enough that a list has several elements: one that a static holds was enlarged from
    what an earlier run of the test left in it.

    What `collect` makes is enlarged as often as its iterator promises less than it has: twice at least, here.

    Silent for handles (`_has_handles`) and, at the end, where `Arc`s may own it (`_may_be_owned`).
    """
    if one.site.kind not in COLLECTIONS or _has_handles(one, instant.of(Kind.TASK, Kind.THREAD)):
        return False
    if instant.at_end and _may_be_owned(one, instant):
        return False
    if _is_tree(one) and one.blocks > 1:
        return True
    if one.was_enlarged and (one.allocated >= REGROWN * one.alive or not _COLLECTS.search(one.site.chain[0])):
        return True
    return instant.at_end and any(2 * one.blocks <= element.blocks for element in _elements(one, instant))


def _is_tree(one: Grown) -> bool:
    return one.site.kind is Kind.MAP and not _TABLES.search(one.site.chain[0])


def _has_handles(collection: Grown, started: Iterable[Grown]) -> bool:
    """Whether it is kept beside more memory of tasks or threads that the same function starts: their handles."""
    return any(one.site.function == collection.site.function and one.bytes > collection.bytes for one in started)


def _may_be_owned(collection: Grown, instant: Instant) -> bool:
    """Whether `Arc`s or `Rc`s that live at the end own it, as a parent owns the list of its children.

    No static can hold an `Rc`, which is not `Sync`. One that holds a list of `Arc`s had it before the test ran
    again: then it was enlarged once at most, and has room for two runs. Of a list that has its first places, or a
    table with few entries, that does not tell. Nor where there are no more `Arc`s than lists: each has its own.
    """
    pointers = instant.of(*POINTERS)
    if any(pointer.site.kind is Kind.RC for pointer in pointers):
        return True
    most = max((pointer.blocks for pointer in pointers), default=0)
    if collection.site.kind is Kind.MAP:
        small = 0 < most <= _FIRST_PLACES
    else:
        places = max(_FAT_POINTER * _FIRST_PLACES, POINTER * (2 * most - 1))
        small = collection.bytes <= places * max(1, collection.blocks)
    return bool(pointers) and (small or collection.allocated > collection.alive or most <= collection.blocks)


def _elements(collection: Grown, instant: Instant) -> list[Grown]:
    """What may be its elements: allocated in the same function or a caller, and not too many to have a place."""
    return [
        one
        for one in instant.others
        if one is not collection
        and 0 < POINTER * one.blocks <= collection.bytes
        and near(one, collection) >= Near.CALLS
    ]


def _of_statics(instant: Instant) -> list[Grown]:
    """Collections that nothing but a static can own, where nothing else tells a cause.

    The test is over, and was measured as it ran again: what it had on its stack is gone. Nothing that owns by
    counting, runs, or is forgotten on purpose, holds more. A list or table is one buffer: several are elements,
    of something that is not known.
    """
    owners = instant.of(*POINTERS, Kind.RUNTIME, Kind.TASK, Kind.BLOCKING_TASK, Kind.THREAD)
    if not instant.at_end or not instant.again or owners or instant.forgotten:
        return []
    return [one for one in instant.others if one.site.kind in COLLECTIONS and (one.alive == 1 or _is_tree(one))]


def _cycle(instant: Instant) -> list[Holder]:
    """`Arc`s or `Rc`s that outlived the test, with nothing that could hold them: they hold each other.

    At the peak an owner on a stack holds them like anything else, so nothing is claimed. Nor is it where
    something grew that could hold them (`holders` found none), where what is forgotten on purpose may hold them,
    or where a collection grew that may be a static's: any, in a test that ran once.
    """
    if not instant.at_end:
        return []
    pointers = [
        one
        for one in instant.of(*POINTERS)
        if not any(_may_hold(forgotten, one) for forgotten in instant.forgotten)
    ]
    if any(pointer.site.kind is Kind.ARC for pointer in pointers):
        most = max(pointer.blocks for pointer in pointers)
        beside = instant.of(*COLLECTIONS)
        if (beside and not instant.again) or any(_may_be_a_statics(one, most) for one in beside):
            return []
    return [Holder(one, Cause.REFERENCE_CYCLE) for one in pointers if one.lives(_MOST)]


def _may_hold(forgotten: Grown, one: Grown) -> bool:
    """Whether it made them or was made by the same code, or shares the test with them and has room for each."""
    found = near(one, forgotten)
    return found >= Near.CALLS or (found is Near.DISTANT and POINTER * one.blocks <= forgotten.bytes)


def _may_be_a_statics(collection: Grown, pointers: int) -> bool:
    """Whether it is a table that was never enlarged: one of a few entries, or one from an earlier run.

    Not where there are no more pointers than tables: each has its own. Nor one of the first size: a static had
    that when the test ran first, and would have needed a larger one.
    """
    never_enlarged = collection.allocated == collection.alive
    may_be = collection.site.kind is Kind.MAP and never_enlarged and pointers > collection.blocks
    return may_be and not _is_first_table(collection)


def _is_first_table(collection: Grown) -> bool:
    """Whether hash tables have four places, which is what the first entry takes.

    hashbrown/src/raw.rs puts a byte for each place, and a group of 8 or 16, behind places rounded up to the
    group's size: only four places leave four bytes beyond a multiple of eight.
    """
    size, more = divmod(collection.held, max(1, collection.alive))
    return more == 0 and size % 8 == _FIRST_PLACES


def _leaked_runtime(runtimes: Sequence[Grown], inside: Iterable[Grown]) -> list[Holder]:
    """A runtime that outlived the test, more than in the baseline: its tasks, threads and queues live in it.

    Dropping a runtime drops its tasks. So where one is kept the tasks tell nothing, and where as many were kept
    before the runtime is not what is new.
    """
    root = max(runtimes, key=lambda one: one.bytes)
    return [Holder(one, Cause.LEAKED_RUNTIME) for one in (root, *[r for r in runtimes if r is not root], *inside)]
