"""What a block is and what ran the code: stacks of real profiles, of three profilers, reduced to what tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.dhat.names import STD_CRATES, crate_of
from leakgate.snapshot.kinds import classify
from leakgate.snapshot.model import Kind, Within


def stack(text: str) -> list[ClassifiedFrame]:
    """`a ← b@path ← *mine`: innermost first; a star marks the user's functions."""
    return [_frame(word) for word in text.split(" ← ")]


def _frame(word: str) -> ClassifiedFrame:
    function, _, path = word.removeprefix("*").partition("@")
    if word.startswith("*"):
        return ClassifiedFrame(function, Origin.USER, path="src/lib.rs")
    crate = crate_of(function)
    std = crate in STD_CRATES or "/library/" in path
    origin = Origin.STD if std else Origin.DEPENDENCY if crate else Origin.UNKNOWN
    return ClassifiedFrame(function, origin, path=path or None)


CELL = (
    "alloc::boxed::Box::new ← tokio::runtime::task::core::Cell::new ← tokio::runtime::task::raw::RawTask::new"
    " ← tokio::runtime::task::new_task"
)
SPAWN = (
    f"{CELL} ← tokio::runtime::task::list::OwnedTasks::bind"
    " ← tokio::runtime::scheduler::current_thread::Handle::spawn ← tokio::task::spawn::spawn_inner"
    " ← tokio::task::spawn::spawn"
)
ON_POOL = (
    "tokio::runtime::blocking::pool::Spawner::spawn_blocking_inner"
    " ← tokio::runtime::blocking::pool::Spawner::spawn_blocking ← tokio::task::blocking::spawn_blocking"
)
BUILD = "tokio::runtime::builder::Builder::build_threaded_runtime ← tokio::runtime::builder::Builder::build"
BLOCK_ON = (
    "std::thread::local::LocalKey::with ← tokio::runtime::scheduler::current_thread::CoreGuard::block_on"
    " ← tokio::runtime::runtime::Runtime::block_on"
)
POLL = (
    "tokio::runtime::task::core::Core::poll ← tokio::runtime::task::harness::Harness::poll"
    " ← tokio::runtime::task::LocalNotified::run"
)
WORKER = (
    "tokio::runtime::scheduler::multi_thread::worker::run"
    " ← tokio::runtime::scheduler::multi_thread::worker::Launch::launch"
    " ← <tokio::runtime::blocking::task::BlockingTask as core::future::future::Future>::poll"
    " ← tokio::runtime::task::core::Core::poll ← tokio::runtime::blocking::pool::Inner::run"
    " ← tokio::runtime::blocking::pool::Spawner::spawn_thread"
)
START = "std::thread::lifecycle::spawn_unchecked"
GROW = "alloc::raw_vec::RawVecInner::finish_grow ← alloc::raw_vec::RawVecInner::grow_amortized"
WITH_CAPACITY = "alloc::raw_vec::RawVecInner::try_allocate_in ← alloc::vec::Vec::with_capacity"
TABLE = "hashbrown::raw::RawTableInner::new_uninitialized ← hashbrown::raw::RawTableInner::fallible_with_capacity"
RESIZE = f"{TABLE} ← hashbrown::raw::RawTableInner::resize_inner ← hashbrown::raw::RawTable::reserve_rehash"
NODE = "alloc::boxed::Box::new_uninit_in ← alloc::collections::btree::node::LeafNode::new"
ARC = "alloc::boxed::Box::new ← alloc::sync::Arc::new"
QUEUE_BLOCK = "tokio::sync::mpsc::block::Block::new ← tokio::sync::mpsc::block::Block::grow"
UNORDERED = f"{ARC} ← futures_util::stream::futures_unordered::FuturesUnordered::push"

KINDS = [
    # tasks
    (f"{SPAWN} ← *app::serve", Kind.TASK),
    (f"{CELL} ← tokio::task::join_set::JoinSet::spawn ← *app::serve", Kind.TASK),
    (f"{SPAWN} ← hyper_util::rt::tokio::TokioExecutor::execute ← *app::serve", Kind.TASK),
    (
        "alloc::alloc::alloc ← async_task::raw::RawTask::allocate ← async_executor::Executor::spawn ← *app::f",
        Kind.TASK,
    ),
    ("alloc::alloc::alloc ← async_task::raw::RawTask::allocate ← smol::spawn::spawn ← *app::f", Kind.TASK),
    ("alloc::boxed::Box::new ← futures_util::task::spawn::SpawnExt::spawn ← *app::f", Kind.TASK),
    (
        (
            f"{UNORDERED} ← futures_executor::local_pool::LocalPool::drain_incoming"
            " ← futures_executor::local_pool::LocalPool::poll_pool"
            " ← futures_executor::local_pool::LocalPool::run ← *app::f"
        ),
        Kind.TASK,
    ),
    (f"{GROW} ← tokio::runtime::scheduler::defer::Defer::defer ← tokio::task::spawn::spawn ← *app::f", None),
    (f"{CELL} ← {ON_POOL} ← *app::f", Kind.BLOCKING_TASK),
    ("rayon_core::job::HeapJob::new ← rayon_core::spawn::spawn ← *app::f", Kind.BLOCKING_TASK),
    (f"{GROW} ← alloc::collections::vec_deque::VecDeque::grow ← {ON_POOL} ← *app::f", Kind.QUEUE),
    # runtimes
    (f"{ARC} ← tokio::runtime::blocking::pool::BlockingPool::new ← {BUILD} ← *app::main", Kind.RUNTIME),
    (f"{CELL} ← {ON_POOL} ← {BUILD} ← *app::main", Kind.RUNTIME),
    (f"{RESIZE} ← tokio::runtime::blocking::pool::Spawner::spawn_thread ← {ON_POOL} ← *app::f", Kind.RUNTIME),
    # threads
    (
        f"{ARC} ← {START} ← std::thread::builder::Builder::spawn ← std::thread::functions::spawn ← *app::f",
        Kind.THREAD,
    ),
    (f"{ARC} ← std::thread::Builder::spawn_unchecked ← std::thread::spawn ← *app::f", Kind.THREAD),
    # queues; what a channel takes to be made is none
    (
        f"{QUEUE_BLOCK} ← tokio::sync::mpsc::list::Tx::push ← tokio::sync::mpsc::chan::Tx::send ← *app::f",
        Kind.QUEUE,
    ),
    (
        (
            "tokio::sync::mpsc::block::Block::new ← tokio::sync::mpsc::list::channel"
            " ← tokio::sync::mpsc::chan::channel"
            " ← tokio::sync::mpsc::unbounded::unbounded_channel ← *app::f"
        ),
        None,
    ),
    (f"{WITH_CAPACITY} ← tokio::sync::broadcast::channel ← *app::f", Kind.QUEUE),
    (
        (
            "alloc::boxed::Box::new ← futures_channel::mpsc::queue::Node::new"
            " ← futures_channel::mpsc::UnboundedSender::unbounded_send ← *app::f"
        ),
        Kind.QUEUE,
    ),
    (f"{GROW} ← alloc::collections::vec_deque::VecDeque::push_back ← flume::Sender::send ← *app::f", Kind.QUEUE),
    (
        (
            "alloc::boxed::Box::new ← concurrent_queue::unbounded::Unbounded::push"
            " ← async_channel::Sender::try_send"
            " ← *app::f"
        ),
        Kind.QUEUE,
    ),
    (f"{ARC} ← async_channel::unbounded ← *app::f", None),
    # sends enlarge the `VecDeque` that it made
    (
        f"{WITH_CAPACITY} ← alloc::collections::vec_deque::VecDeque::with_capacity ← kanal::unbounded ← *app::f",
        Kind.QUEUE,
    ),
    # who waits for a message is none
    (f"{ARC} ← std::sync::mpmc::context::Context::new ← std::sync::mpsc::Receiver::recv_timeout ← *app::f", None),
    (
        f"{ARC} ← event_listener::Event::listen ← <async_channel::Recv as core::future::Future>::poll ← *app::f",
        None,
    ),
    (f"{ARC} ← event_listener::Event::inner ← async_channel::Channel::close ← *app::f", None),
    (
        "crossbeam_channel::flavors::list::Block::new ← crossbeam_channel::channel::Sender::send ← *app::f",
        Kind.QUEUE,
    ),
    ("std::sync::mpmc::list::Block::new ← std::sync::mpsc::Sender::send ← *app::f", Kind.QUEUE),
    (
        (
            f"{UNORDERED} ← <futures_util::stream::stream::buffer_unordered::BufferUnordered as"
            " futures_core::stream::Stream>::poll_next ← *app::f"
        ),
        Kind.QUEUE,
    ),
    # collections
    (f"{RESIZE} ← std::collections::hash::map::HashMap::insert ← *app::f", Kind.MAP),
    (f"{TABLE} ← std::collections::hash::map::HashMap::with_capacity ← *app::f", None),
    (f"{RESIZE} ← dashmap::DashMap::insert ← *app::f", Kind.MAP),
    (f"{NODE} ← alloc::collections::btree::map::BTreeMap::insert ← *app::f", Kind.MAP),
    ("alloc::boxed::Box::new ← lru::LruCache::put ← *app::f", Kind.MAP),
    (f"{GROW} ← alloc::vec::Vec::push ← *app::f", Kind.LIST),
    (f"{GROW} ← alloc::string::String::push_str ← *app::f", Kind.LIST),
    (f"{GROW} ← alloc::collections::vec_deque::VecDeque::push_back ← *app::f", Kind.LIST),
    (f"{GROW} ← alloc::vec::Vec::push ← slab::Slab::insert ← *app::f", Kind.LIST),
    ("smallvec::SmallVec::try_grow ← smallvec::SmallVec::push ← *app::f", Kind.LIST),
    (f"{WITH_CAPACITY} ← *app::f", None),
    ("<u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem ← alloc::vec::from_elem ← *app::f", None),
    ("alloc::boxed::Box::new ← *app::f", None),
    (f"{GROW} ← alloc::vec::Vec::push ← tokio_util::time::delay_queue::DelayQueue::insert ← *app::f", Kind.LIST),
    # an iterator that does not know its length
    (
        (
            f"{WITH_CAPACITY} ← <alloc::vec::Vec as alloc::vec::spec_from_iter::SpecFromIter>::from_iter"
            " ← core::iter::traits::iterator::Iterator::collect ← *app::f"
        ),
        Kind.LIST,
    ),
    # written into the user's own, or read to its end
    (f"{GROW} ← alloc::vec::Vec::extend_from_slice ← std::io::Write::write_fmt ← *app::f", Kind.LIST),
    (f"{GROW} ← alloc::vec::Vec::reserve ← std::io::Read::read_to_end ← *app::f", Kind.LIST),
    (
        f"{GROW} ← alloc::vec::Vec::reserve ← tokio::io::util::read_to_end::read_to_end_internal ← *app::f",
        Kind.LIST,
    ),
    # a text of its own each time, and what a library needs for itself
    (f"{GROW} ← alloc::string::String::push_str ← alloc::fmt::format ← *app::f", None),
    (f"{GROW} ← alloc::string::String::push_str ← <T as alloc::string::ToString>::to_string ← *app::f", None),
    (f"{GROW} ← alloc::vec::Vec::push ← regex_automata::nfa::Builder::add ← regex::Regex::new ← *app::f", None),
    (
        f"{GROW} ← bytes::bytes_mut::BytesMut::reserve_inner ← hyper::proto::h1::io::Buffered::poll_read ← {POLL}",
        None,
    ),
    # pointers, if the user made them
    (f"{ARC} ← *app::f", Kind.ARC),
    ("<alloc::sync::Arc as core::convert::From>::from ← <T as core::convert::Into>::into ← *app::f", Kind.ARC),
    ("alloc::rc::Rc::new ← *app::f", Kind.RC),
    (f"{ARC} ← reqwest::async_impl::client::ClientBuilder::build ← *app::f", None),
    # valgrind has the bare names of inlined calls
    (
        "grow_one@/rustc/abc/library/alloc/src/raw_vec/mod.rs ← push@/library/alloc/src/vec/mod.rs ← *app::f",
        Kind.LIST,
    ),
    ("new@/rustc/abc/library/alloc/src/sync.rs ← *app::f", Kind.ARC),
    (
        (
            "new@/h/registry/src/i/tokio-1.47.1/src/runtime/task/core.rs"
            " ← spawn@/h/registry/src/i/tokio-1.47.1/src/task/spawn.rs"
            " ← *app::f"
        ),
        Kind.TASK,
    ),
    # without a function of the user's: up to what runs the code
    (
        f"{RESIZE} ← std::collections::hash::map::HashMap::insert ← hyper::client::pool::Pool::pooled ← {POLL}",
        Kind.MAP,
    ),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_what_a_block_is(text: str, kind: Kind | None) -> None:
    assert classify(stack(text))[0] == kind


RUNS = [
    (f"*app::f ← {BLOCK_ON} ← *app::tests::t ← core::ops::function::FnOnce::call_once", None),
    (f"*app::f ← {POLL} ← {BLOCK_ON} ← *app::tests::t", Within.TASK),
    (f"*app::f ← {POLL} ← {WORKER} ← {START}", Within.TASK),
    (f"{ARC} ← {WORKER} ← {START}", Within.POOL),
    ("*app::f ← async_task::raw::RawTask::run ← async_executor::Executor::try_tick ← *app::tests::t", Within.TASK),
    (
        (
            "*app::f ← <tokio::runtime::blocking::task::BlockingTask as core::future::future::Future>::poll"
            " ← tokio::runtime::task::core::Core::poll ← tokio::runtime::blocking::pool::Inner::run"
        ),
        Within.POOL,
    ),
    (
        (
            "*app::f ← <rayon_core::job::StackJob as rayon_core::job::Job>::execute"
            f" ← rayon_core::registry::WorkerThread::wait_until ← {START}"
        ),
        Within.POOL,
    ),
    (
        (
            "*app::f ← futures_util::stream::stream::StreamExt::poll_next_unpin"
            " ← futures_executor::local_pool::LocalPool::poll_pool ← *app::tests::t"
        ),
        Within.TASK,
    ),
    (f"*app::f ← {START}", Within.THREAD),
    # as dhat-rs and valgrind have it: a thread, and the test's own
    (
        (
            f"*app::f ← std::sys::backtrace::__rust_begin_short_backtrace ← {START}"
            " ← std::sys::thread::unix::Thread::new::thread_start ← start_thread"
        ),
        Within.THREAD,
    ),
    (
        (
            f"*app::tests::t ← test::__rust_begin_short_backtrace ← test::run_test_in_process ← {START}"
            " ← std::sys::thread::unix::Thread::new::thread_start"
        ),
        None,
    ),
    ("*app::main ← std::sys::backtrace::__rust_begin_short_backtrace ← std::rt::lang_start", None),
    (f"{ARC} ← {START} ← std::thread::functions::spawn ← *app::f", None),  # it starts one, and is in none
]


@pytest.mark.parametrize(("text", "within"), RUNS)
def test_what_ran_the_code(text: str, within: Within | None) -> None:
    assert classify(stack(text))[1] == within


ONCE = [
    # the closure is the static's own
    ("alloc::vec::from_elem ← *app::TABLE ← std::sync::lazy_lock::LazyLock::force ← *app::f", True, None),
    ("*app::load ← *app::cache::TABLE ← std::sync::once_lock::OnceLock::get_or_init ← *app::f", True, None),
    ("*app::f ← lazy_static::lazy::Lazy::get ← *app::f", True, None),
    (
        (
            "*app::f ← std::sys::thread_local::native::lazy::Storage::get_or_init_slow"
            " ← std::thread::local::LocalKey::with"
            " ← *app::f"
        ),
        True,
        None,
    ),
    # a field or a static: how often it ran will tell
    ("alloc::vec::from_elem ← *app::T::new ← std::sync::lazy_lock::LazyLock::force ← *app::f", False, 2),
    ("*app::f ← std::sync::once_lock::OnceLock::initialize ← *app::f", False, 1),
    ("*app::f ← std::sync::poison::once::Once::call_once ← *app::f", False, 1),
    ("*app::f ← once_cell::imp::OnceCell::initialize ← once_cell::sync::Lazy::force ← *app::f", False, 2),
    ("*app::f ← tokio::sync::once_cell::OnceCell::get_or_init ← *app::f", False, 1),
    # not `Sync`, so in no static
    ("*app::f ← core::cell::once::OnceCell::get_or_init ← *app::f", False, None),
    # runs any code: most of Tokio's stacks have it
    (f"{GROW} ← alloc::vec::Vec::push ← *app::f ← std::thread::local::LocalKey::with ← *app::f", False, None),
    # the push comes after the initialiser
    (f"{RESIZE} ← std::collections::hash::map::HashMap::insert ← *app::cache ← *app::tests::t", False, None),
    # a task that the initialiser only started
    (f"*app::f ← {POLL} ← {BLOCK_ON} ← std::sync::lazy_lock::LazyLock::force ← *app::tests::t", False, None),
]


@pytest.mark.parametrize(("text", "once", "cell"), ONCE)
def test_whether_an_initialiser_made_it(text: str, once: bool, cell: int | None) -> None:
    found = classify(stack(text))
    assert (found.once, found.cell and found.cell.depth) == (once, cell)


def test_what_one_initialiser_has_another_one_make_tells_nothing_of_it() -> None:
    inner = "alloc::boxed::Box::new ← *app::load ← std::sync::once_lock::OnceLock::get_or_init"
    assert classify(stack(f"{inner} ← std::sync::poison::once::Once::call_once ← *app::f")).cell == (3, False)
    assert classify(stack(f"{inner} ← *app::T::new ← once_cell::sync::Lazy::force ← *app::f")).cell == (4, True)


@given(st.lists(st.builds(ClassifiedFrame, st.text(), st.sampled_from(Origin), path=st.none() | st.text())))
def test_any_stack_is_classified(frames: list[ClassifiedFrame]) -> None:
    kind, within, once, cell = classify(frames)
    assert kind is None or kind in Kind
    assert within is None or within in Within
    assert once in {True, False}
    assert cell is None or cell.depth in range(len(frames))
