"""A stack → what was allocated, and what ran the code.

Read from the names of library functions, which debug information keeps for inlined calls too. Each pattern says
which library it is of; a library that is not here leaves a block "like any other", for which no cause is claimed.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.snapshot.initialisers import Cell, initialiser
from leakgate.snapshot.model import Kind, Within


class _Mark(Enum):
    """What a library function between the allocator and the user's own tells."""

    BUILDS_RUNTIME = auto()
    TASK_CELL = auto()
    POOL_THREAD = auto()
    ON_POOL = auto()
    SPAWNS = auto()
    RECEIVES = auto()
    NEW_CHANNEL = auto()
    QUEUE = auto()
    THREAD = auto()
    MAP = auto()
    LIST = auto()
    ARC = auto()
    RC = auto()


_ALLOCATES = {
    # tokio/src/runtime/{builder,runtime}.rs; async-executor, async-global-executor and async-io keep theirs in
    # statics; rayon-core/src/{registry,thread_pool}.rs.
    _Mark.BUILDS_RUNTIME: (
        r"tokio::runtime::(?:builder::|runtime::(?:Runtime::)?new$|scheduler::\w+::(?:\w+::)*(?:create|launch)$)",
        r"tokio::runtime::scheduler::(?:multi_thread::MultiThread|current_thread::CurrentThread)::new",
        r"async_executor::(?:Executor::)?(?:state_ptr|alloc_state)",
        r"async_(?:std::rt|global_executor::(?:init|threading)|io::driver)::",
        r"actix_rt::(?:system|arbiter)::|rayon_core::(?:registry::(?:Registry::new|\w*global_registry)|thread_pool::)",
        r"futures_executor::thread_pool::(?:ThreadPool::new|ThreadPoolBuilder)",
    ),
    # tokio/src/runtime/task/{core,raw,mod}.rs: one block with the header, the future and its output.
    # async-task/src/raw.rs (smol, async-std): the same. rayon-core/src/job.rs: a closure that waits for a thread.
    _Mark.TASK_CELL: (
        r"tokio::(?:runtime::)?task::(?:core::(?:Cell::)?new|raw::(?:RawTask::)?new|new_task)$",
        r"async_task::(?:raw|header)::(?:RawTask::)?allocate$",
        r"rayon_core::job::HeapJob::new$",
        # An executor of futures-rs boxes what is spawned, and keeps it in a FuturesUnordered of its own.
        r"futures_util::task::spawn::(?:Local)?SpawnExt::spawn",
        r"futures_executor::local_pool::(?:LocalPool::)?drain_incoming$",
        r"<futures_executor::local_pool::LocalSpawner as ",
        r"<?futures_executor::thread_pool::ThreadPool\b.*::spawn",
    ),
    # tokio/src/runtime/blocking/pool.rs: a thread of the pool; it ends by itself when there is nothing to do.
    _Mark.POOL_THREAD: (r"tokio::runtime::blocking::pool::(?:Spawner::)?spawn_thread$",),
    _Mark.ON_POOL: (
        r"tokio::(?:runtime|task)::blocking::|async_std::task::spawn_blocking::|blocking::(?:unblock|Executor::)",
        r"rayon_core::(?:spawn|scope|broadcast)::",
    ),
    _Mark.SPAWNS: (
        r"tokio::(?:task::(?:spawn|local|join_set|builder)|runtime::(?:handle|task|scheduler))::",
        r"async_(?:executor|task|std::task)::|<async_task::|smol::spawn::",
        # Each thread that begins notes where its stack ends.
        r"std::sys::(?:\w+::)*stack_overflow::",
    ),
    # What the receiving half allocates are waiters, registrations and iterators, in which no message waits. The
    # same goes for what closing a channel takes to wake those who wait.
    _Mark.RECEIVES: (
        (
            r"<?(?:tokio::sync::(?:mpsc|broadcast)|tokio_stream::wrappers|std::sync::mp[ms]c|crossbeam(?:_channel)?"
            r"|futures_channel|flume|async_channel|async_broadcast|kanal|thingbuf|loole|tachyonix)::"
            r".*(?:(?:\b|_)recv|\bRecv|Receiver|\bpoll_next|Iter\b|subscribe|\b[Ss]elect|\bclose|::drop::Drop>)"
        ),
    ),
    # The shared half of a channel, and the first block of a list. One that is made for each connection and kept is
    # no backlog. A ring has all its places from the start: it is below.
    _Mark.NEW_CHANNEL: (
        r"tokio::sync::(?:mpsc::(?:chan::channel|unbounded::unbounded_channel|bounded::channel)|watch|oneshot)",
        r"futures_channel::(?:mpsc::(?:unbounded|channel)$|oneshot)",
        r"crossbeam_channel::(?:channel::)?unbounded$|std::sync::mpsc::channel$|std::sync::mpmc::channel$",
        r"(?:flume|async_channel|kanal|loole)::unbounded(?:_async)?$|concurrent_queue::ConcurrentQueue::unbounded$",
    ),
    # Lists of blocks or nodes that a send makes longer, rings, and the futures that a stream or a
    # FuturesUnordered holds until they are ready: all wait for a consumer. Their owner drops them with the queue,
    # which is why they are no tasks: those belong to a runtime.
    _Mark.QUEUE: (
        r"tokio::sync::(?:mpsc|broadcast)::|tokio_util::sync::mpsc::|tokio_stream::wrappers::",
        r"std::sync::(?:mpmc|mpsc)::",
        r"crossbeam_(?:channel::(?:flavors|channel)|queue|deque)::|crossbeam::(?:channel|queue|deque)::",
        r"futures_channel::mpsc::|futures_buffered::",
        r"futures_util::stream::(?:futures_(?:un)?ordered|stream::(?:buffer|\w*concurrent|flatten_unordered|peek))",
        r"futures_util::stream::select_all|futures_util::sink::buffer",
        r"(?:flume|async_channel|concurrent_queue|kanal|thingbuf|async_broadcast|loole|tachyonix|ringbuf|rtrb)::",
    ),
    # library/std/src/thread: `functions`, `builder`, `lifecycle` and `spawnhook` since 1.91, `mod` before.
    _Mark.THREAD: (
        r"std::thread::(?:\w+::)*(?:Builder::)?spawn\w*$",
        r"std::thread::spawnhook::",
    ),
    _Mark.MAP: (
        # hashbrown/src/raw: a table that was too small. One that is made with a capacity goes another way.
        r"hashbrown::(?:raw|rustc_entry|map|set|table)::(?:\w+::)*(?:reserve_rehash\w*|resize\w*|prepare_resize)$",
        # library/alloc: nodes, each a block. A linked list's are like a tree's.
        r"alloc::collections::(?:btree|linked_list)::",
        r"sharded_slab::(?:page|shard|pool|tid)::|crossbeam_skiplist::|arc_swap::",
        # indexmap, dashmap, lru, moka, scc, …: whatever a map, set or cache of a library takes to hold one more.
        r"(?:\w+::)+\w*(?:Map|Set|Cache)(?:Inner|Core)?::(?:try_)?(?:insert|put|push|entry|get_or_insert|get_with|or_insert)\w*$",
        r"(?:\w+::)+\w*(?:Vacant)?Entry\w*::(?:insert|or_insert|or_default)\w*$",
    ),
    _Mark.LIST: (
        # library/alloc/src/raw_vec: also `String`, `VecDeque`, `BinaryHeap`. Not `with_capacity`.
        r"alloc::raw_vec::(?:RawVec\w*::)?(?:grow\w*|finish_grow|(?:try_)?reserve\w*|do_reserve\w*)",
        r"alloc::collections::vec_deque::(?:VecDeque::)?grow$",
        r"smallvec::(?:SmallVec::)?(?:try_)?(?:grow|reserve)\w*$|thin_vec::(?:ThinVec::)?(?:grow|reserve)\w*$",
        r"bytes::bytes_mut::(?:BytesMut::)?(?:reserve|try_reclaim)\w*$|bumpalo::(?:Bump::)?alloc_layout_slow$",
        r"(?:\w+::)+\w*(?:Vec|String|Deque|Heap|Arena|Slab)\w*::(?:try_)?(?:grow|reserve|push|extend|append)\w*$",
        # library/alloc/src/vec/spec_from_iter_nested.rs: room for what is promised, or four; then `grow`.
        r"<?alloc::vec::.*::from_iter$",
        # An entry is there until its time has come, or its key is removed: no consumer makes up for it.
        r"tokio_util::time::delay_queue::",
    ),
    _Mark.ARC: (r"<?(?:alloc::sync|triomphe)::(?!.*\bdrop)",),
    _Mark.RC: (r"<?alloc::rc::(?!.*\bdrop)",),
}


class _Runner(Enum):
    """What a library function outside of the user's own tells."""

    TASK = auto()
    POOL = auto()
    THREAD = auto()
    TEST = auto()


_RUNS = {
    # What polls a spawned future. `block_on` polls the test's own, by other functions.
    _Runner.POOL: (
        r"<?tokio::runtime::blocking::(?:task::(?:BlockingTask|poll$)|pool::(?:Inner::)?run$)",
        r"rayon_core::registry::(?:WorkerThread|ThreadBuilder|main_loop)|<rayon_core::job::\w+ as ",
        r"blocking::(?:Executor::)?main_loop$|(?:threadpool|futures_executor::thread_pool)::(?:spawn_in_pool|PoolState)",
    ),
    _Runner.TASK: (
        r"tokio::(?:runtime::)?task::(?:core::(?:Core::)?poll|harness::|raw::(?:RawTask::)?poll|LocalNotified::run)",
        r"async_task::(?:raw::(?:RawTask::)?run|runnable::(?:Runnable::)?run)$",
        # `run_until` polls its own future beside this one.
        r"futures_executor::(?:local_pool::(?:LocalPool::)?poll_pool|thread_pool::(?:Task::)?run)",
    ),
    _Runner.THREAD: (
        r"std::thread::(?:\w+::)*(?:Builder::)?spawn_unchecked\w*$",
        r"std::sys::(?:\w+::)*(?:Thread::)?new::thread_start$",
    ),
    _Runner.TEST: (r"test::|leakgate_harness::|std::rt::lang_start",),
}

_PATH = re.compile(
    r"(?:^|/)(?:library/(?P<std>alloc|core|std)|(?P<crate>[A-Za-z][\w-]*?)-\d+\.\d+\.\d+[^/]*)/src/(?P<module>.+)\.rs$"
)
_OF_A_DIRECTORY = re.compile(r"(?:^|::)(?:mod|lib)$")


class Classified(NamedTuple):
    """What a stack tells.

    Attributes:
        kind: What the block is (`Site.kind`).
        within: What ran the code (`Site.within`).
        once: Whether a static's initialiser made it. That is what a static or a thread-local runs for its first
            value: it encloses the allocation. What is pushed later into what it made is not enclosed.
        cell: The initialiser of a cell that may be in a static or in a field of some object. Only how often it ran
            can tell.
    """

    kind: Kind | None
    within: Within | None
    once: bool
    cell: Cell | None


def classify(stack: Sequence[ClassifiedFrame]) -> Classified:
    """What a block is, what ran the code, and whether an initialiser made it.

    Args:
        stack: Innermost frame first, functions normalised.
    """
    names = [_name(frame.function, frame.path) for frame in stack]
    runner, depth = _runner(stack, names)
    own = next((index for index, frame in enumerate(stack) if frame.origin is Origin.USER), len(stack))
    called = min(own, depth)
    once, cell = initialiser(stack, names[:depth])
    return Classified(_kind(stack[:called], names[:called]), runner, once, cell)


@lru_cache(maxsize=65_536)
def _name(function: str, path: str | None) -> str:
    """The function's path. Valgrind has the bare name of an inlined call: its file has the rest."""
    if path is None or "::" in function:
        return function
    place = _PATH.search(path)
    if place is None:
        return function
    module = _OF_A_DIRECTORY.sub("", place["module"].replace("/", "::"))
    crate = place["std"] or place["crate"].replace("-", "_")
    return "::".join(filter(None, (crate, module, function)))


def _compiled(patterns: dict[_Mark, tuple[str, ...]] | dict[_Runner, tuple[str, ...]]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{mark.name}>{'|'.join(texts)})" for mark, texts in patterns.items()))


_MARKS = _compiled(_ALLOCATES)
_RUNNERS = _compiled(_RUNS)


@lru_cache(maxsize=65_536)
def _mark(name: str) -> _Mark | None:
    found = _MARKS.match(name)
    return _Mark[found.lastgroup] if found and found.lastgroup else None


@lru_cache(maxsize=65_536)
def _runs(name: str) -> _Runner | None:
    found = _RUNNERS.match(name)
    return _Runner[found.lastgroup] if found and found.lastgroup else None


_WITHIN = {_Runner.TASK: Within.TASK, _Runner.POOL: Within.POOL, _Runner.THREAD: Within.THREAD, _Runner.TEST: None}


def _runner(stack: Sequence[ClassifiedFrame], names: Sequence[str]) -> tuple[Within | None, int]:
    """What ran the code that allocated, and how deep in the stack that is: its end where it is the test itself."""
    for depth, name in enumerate(names):
        runner = _runs(name)
        # The same function of std's makes a thread, and calls its code: then nothing but std is further out.
        if runner is None or (runner is _Runner.THREAD and not _only_starts(stack[depth:])):
            continue
        return _WITHIN[runner], depth
    return None, len(stack)


def _only_starts(outside: Sequence[ClassifiedFrame]) -> bool:
    return all(frame.origin in {Origin.STD, Origin.UNKNOWN} for frame in outside)


def _kind(stack: Sequence[ClassifiedFrame], names: Sequence[str]) -> Kind | None:
    """By the outermost function that tells: the user called a channel, whatever that is made of.

    Args:
        stack: The library functions between the allocator and the user, innermost first.
        names: Theirs.
    """
    marks = [mark for name in reversed(names) if (mark := _mark(name))]
    present = set(marks)
    if _Mark.BUILDS_RUNTIME in present or _Mark.POOL_THREAD in present:
        return Kind.RUNTIME
    if _Mark.TASK_CELL in present:
        return Kind.BLOCKING_TASK if _Mark.ON_POOL in present else Kind.TASK
    if _Mark.ON_POOL in present:  # not the closure's own cell: the queue in which it waits, or nothing to name
        return Kind.QUEUE if present & {_Mark.LIST, _Mark.QUEUE} else None
    first = marks[0] if marks else None
    if first is _Mark.NEW_CHANNEL:  # the buffer, if that is a `Vec` which sends enlarge in its place
        return Kind.QUEUE if any(map(_BUFFER.match, names)) else None
    if (first in {_Mark.ARC, _Mark.RC} and not _called_by_user(names)) or (
        first is _Mark.LIST and not _grown_by_user(stack, names)
    ):
        return None
    return _KINDS.get(first) if first else None


_KINDS = {
    _Mark.QUEUE: Kind.QUEUE,
    _Mark.THREAD: Kind.THREAD,
    _Mark.MAP: Kind.MAP,
    _Mark.LIST: Kind.LIST,
    _Mark.ARC: Kind.ARC,
    _Mark.RC: Kind.RC,
}

_POINTER = re.compile(r"<?(?:alloc|core|std|triomphe)::|<\w+ as (?:alloc|core|std)::")


def _called_by_user(names: Sequence[str]) -> bool:
    """Whether the user made the pointer, and no library for its own ends: what that does with it is not known."""
    return all(_POINTER.match(name) for name in names if _mark(name) is None)


_BUFFER = re.compile(r"alloc::raw_vec::|alloc::collections::vec_deque::")

_NEW_TEXT = re.compile(
    r"alloc::fmt::format$|.*::to_string$|(?:alloc::)?str::|alloc::string::String::from_utf\w+_lossy"
)
"""What makes a text of its own each time, and enlarges it while it is written."""

_COLLECTIONS = re.compile(
    r"<?(?:bytes|smallvec|thin_vec|arrayvec|tinyvec|slab|bumpalo|indexmap|hashbrown|slotmap|bstr|compact_str)::"
    # Reading to the end of something, into the buffer that the user gave.
    r"|<?(?:tokio|futures_util)::io::"
)


def _grown_by_user(stack: Sequence[ClassifiedFrame], names: Sequence[str]) -> bool:
    """Whether what was enlarged is the user's collection, and not what a library has in its own function."""
    return all(
        frame.origin is not Origin.DEPENDENCY or _mark(name) is not None or _COLLECTIONS.match(name)
        for frame, name in zip(stack, names, strict=True)
    ) and not any(map(_NEW_TEXT.match, names))
