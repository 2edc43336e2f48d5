"""Which program points are one site, and how a site is shown."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from factories import dhat
from leakgate.dhat.frames import Workspace, classify
from leakgate.dhat.profile import Metric
from leakgate.dhat.reader import parse
from leakgate.snapshot.model import Kind, Site, Within
from leakgate.snapshot.sites import merge_sites
from leakgate.snapshot.sources import Sources
from leakgate.snapshot.stacks import fold

FINISH_GROW = "alloc::raw_vec::RawVecInner::finish_grow (src/raw_vec/mod.rs:552:15)"
PUSH = "alloc::vec::Vec<T,A>::push (src/vec/mod.rs:2580:22)"
CLONE = "<alloc::string::String as core::clone::Clone>::clone (src/string.rs:12:3)"
POLL = "tokio::runtime::task::core::Core<T,S>::poll (runtime/task/core.rs:375:20)"
RUN = "tokio::runtime::context::enter_runtime (runtime/context.rs:65:16)"
START = "std::rt::lang_start (std/src/rt.rs:100:5)"
PUT = "s3::store::Store::put (s3/src/store.rs:20:14)"
GET = "s3::store::Store::get (s3/src/store.rs:31:9)"
TEST = "s3::tests::put_many (s3/src/lib.rs:7:5)"


def sites(*points: str | tuple[str, ...], **counts: int) -> tuple[Site, ...]:
    """The sites of a heap profile, from stacks; a point is `(frame, …)`, all with the same counts."""
    stacks = [(point,) if isinstance(point, str) else point for point in points]
    return sites_of([(stack, counts) for stack in stacks])


def sites_of(points: list[tuple[tuple[str, ...], Mapping[str, int]]]) -> tuple[Site, ...]:
    profile = parse(dhat(*points), "p")
    return merge_sites(profile, classify(profile.frames, Workspace({}, ())), Sources(Workspace({}, ())))


def test_a_site_is_told_by_what_was_called_and_by_the_users_functions() -> None:
    (site,) = sites((FINISH_GROW, PUSH, PUT, POLL, TEST, START), tb=10, tbk=1, gb=8, gbk=1, eb=4, ebk=1)

    assert structs.replace(site, stack=()) == Site(
        chain=("alloc::vec::Vec::push", "s3::store::Store::put", "s3::tests::put_many"),
        function="s3::store::Store::put",
        file="s3/src/store.rs",
        line=20,
        counts={
            Metric.TOTAL_BYTES: 10,
            Metric.TOTAL_BLOCKS: 1,
            Metric.T_GMAX_BYTES: 8,
            Metric.T_GMAX_BLOCKS: 1,
            Metric.T_END_BYTES: 4,
            Metric.T_END_BLOCKS: 1,
        },
        kind=Kind.LIST,
        within=Within.TASK,
    )
    assert list(fold(site.stack).lines) == [
        "⋯ 1 alloc frame",
        "alloc::vec::Vec::push (src/vec/mod.rs:2580)",
        "s3::store::Store::put (s3/src/store.rs:20)",
        "tokio::runtime::task::core::Core::poll (runtime/task/core.rs:375)",
        "s3::tests::put_many (s3/src/lib.rs:7)",
        "⋯ 1 std frame",
    ]


def test_a_rebuild_with_moved_lines_other_hashes_and_closures_is_the_same_site() -> None:
    before = (FINISH_GROW, PUSH, PUT, TEST)
    after = (
        FINISH_GROW,
        "alloc::vec::Vec<u8>::push::h0123456789abcdef (src/vec/mod.rs:9:9)",
        "s3::store::Store::put::{closure#0} (s3/src/store.rs:99:1)",
        "s3::store::Store::put (s3/src/store.rs:98:1)",
        "s3[0123456789abcdef]::tests::put_many::{{closure}} (s3/src/lib.rs:77:5)",
    )

    assert [site.chain for site in sites(after)] == [site.chain for site in sites(before)]


def test_a_function_that_calls_itself_counts_once_however_deep() -> None:
    assert [len(sites((PUSH, *depth * (PUT,), TEST))[0].chain) for depth in (1, 2, 50)] == [3, 3, 3]


def test_two_allocations_of_one_function_stay_apart_by_what_they_call() -> None:
    chains = [site.chain[0] for site in sites((PUSH, PUT), (CLONE, PUT))]

    assert sorted(chains) == ["<alloc::string::String as core::clone::Clone>::clone", "alloc::vec::Vec::push"]


def test_a_users_allocator_call_without_anything_below_starts_its_own_chain() -> None:
    assert [site.chain for site in sites((PUT, TEST))] == [("s3::store::Store::put", "s3::tests::put_many")]


def test_without_a_user_frame_the_outermost_dependency_stands_for_the_site() -> None:
    (site,) = sites_of([((PUSH, POLL, RUN, START), {"tb": 3}), ((CLONE, POLL, RUN), {"tb": 4}), ((PUT,), {})])[:1]

    assert (site.chain, site.function, site.file, site.line) == (
        ("tokio::runtime::context::enter_runtime",),
        "tokio::runtime::context::enter_runtime",
        None,
        None,
    )
    assert site.counts[Metric.TOTAL_BYTES] == 7


def test_without_even_a_dependency_what_std_was_asked_for_does() -> None:
    handler = "std::sys::pal::unix::stack_overflow::Handler::new (unix/stack_overflow.rs:12:5)"
    thread = "std::sys::thread::unix::Thread::new::thread_start (thread/unix.rs:116:5)"
    assert [site.chain for site in sites((FINISH_GROW, handler, thread), (START,), ())] == [
        ("std::sys::pal::unix::stack_overflow::Handler::new",),
        ("std::rt::lang_start",),
        ("[root]",),
    ]


def test_the_heaviest_point_gives_the_line() -> None:
    light, heavy = PUT.replace("20:14", "21:1"), PUT.replace("20:14", "22:1")
    at_end, at_peak = {"tb": 90, "gb": 9, "eb": 1}, {"tb": 900, "gb": 90, "eb": 0}

    (site,) = sites_of([((light,), at_peak), ((heavy,), at_end), ((PUT,), at_peak)])

    assert (site.line, site.counts[Metric.T_GMAX_BYTES]) == (22, 189)


def test_the_heaviest_site_is_first_by_what_stays_then_by_the_peak_then_by_all() -> None:
    held, peak, total = {"tb": 10, "gb": 10, "eb": 10}, {"tb": 50, "gb": 50, "eb": 0}, {"tb": 99, "gb": 0, "eb": 0}

    ordered = sites_of([((TEST,), total), ((GET,), peak), ((PUT,), held)])

    assert [site.function.rpartition("::")[2] for site in ordered] == ["put", "get", "put_many"]


def test_a_point_that_holds_nothing_and_is_a_thousandth_of_the_total_is_no_site() -> None:
    dead = {"gb": 0, "gbk": 0, "eb": 0, "ebk": 0}

    kept = sites_of([((PUT,), {"tb": 998, **dead}), ((GET,), {"tb": 1, **dead}), ((TEST,), {"tb": 1, "gb": 1})])

    assert {site.function.rpartition("::")[2] for site in kept} == {"put", "put_many"}


FRAMES = [FINISH_GROW, PUSH, CLONE, POLL, RUN, START, PUT, GET, TEST, "???", "0x1: malloc (in /lib/libc.so)"]


@st.composite
def points(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[str, int]]:
    stack = draw(st.lists(st.sampled_from(FRAMES), max_size=6))
    total = draw(st.integers(0, 2**40))
    peak = draw(st.integers(0, total))
    counts = {"tb": total, "tbk": total, "gb": peak, "gbk": peak}
    end = draw(st.integers(0, total))  # allocated after the peak: more than at it
    return tuple(stack), {**counts, "eb": end, "ebk": end}


@given(st.lists(points(), max_size=30))
def test_the_sites_hold_all_that_is_live(measured: list[tuple[tuple[str, ...], dict[str, int]]]) -> None:
    at_peak = {"tb": 2**50, "eb": 0, "ebk": 0}  # more than all the others at the end: else there was a later peak
    profile = parse(dhat(*measured, ((TEST,), at_peak | {"tbk": 2**50, "gbk": 2**50})), "p")

    merged = merge_sites(profile, classify(profile.frames, Workspace({}, ())), Sources(Workspace({}, ())))

    for metric in (Metric.T_GMAX_BYTES, Metric.T_GMAX_BLOCKS, Metric.T_END_BYTES, Metric.T_END_BLOCKS):
        assert sum(site.counts[metric] for site in merged) == profile.totals[metric]
    total, in_sites = profile.totals[Metric.TOTAL_BYTES], sum(site.counts[Metric.TOTAL_BYTES] for site in merged)
    assert total - len(profile.points) * total / 1000 <= in_sites <= total
    assert len({site.chain for site in merged}) == len(merged)


def test_an_allocator_of_the_projects_own_is_not_where_memory_is_asked_for() -> None:
    """Valgrind stands below it: without this, every site would be the allocator."""
    asking = (
        "0x5: alloc::vec::from_elem (/rustc/abc/library/alloc/src/vec/mod.rs:9)",
        "0x6: app::fill (/r/src/lib.rs:4)",
    )
    counting = (
        "0x1: malloc (in /usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so)",
        "0x2: <app::Counting as core::alloc::global::GlobalAlloc>::alloc (/r/src/lib.rs:20)",
        "0x3: __rustc::__rust_alloc (/r/src/lib.rs:24)",
    )
    profile = parse(dhat(((*counting, *asking), {"tb": 100}), mode="heap"), "p")

    workspace = Workspace({"app": PurePosixPath()}, ("src/lib.rs",))
    (site,) = merge_sites(profile, classify(profile.frames, workspace), Sources(workspace))

    assert (site.function, site.file, site.line) == ("app::fill", "src/lib.rs", 4)
    assert site.chain == ("alloc::vec::from_elem", "app::fill")


def test_a_site_is_of_a_static_only_if_all_its_points_are_and_the_test_ran_once() -> None:
    first = "std::sync::once_lock::OnceLock<T>::get_or_init (src/sync/once_lock.rs:250:5)"
    made = ((FINISH_GROW, PUSH, PUT, first, TEST), {"tb": 900, "eb": 900})
    called = ((FINISH_GROW, PUSH, PUT, TEST), {"tb": 1, "eb": 1})

    def once(*points: tuple[tuple[str, ...], Mapping[str, int]], again: bool = False) -> bool:
        profile = parse(dhat(*points), "p")
        nowhere = Workspace({}, ())
        (site,) = merge_sites(profile, classify(profile.frames, nowhere), Sources(nowhere), again=again)
        return site.once

    assert once(made)
    assert not once(made, called)
    assert not once(made, again=True)  # the static was there already: it is an object's own


def test_a_cell_is_in_a_static_only_if_its_initialiser_ran_once() -> None:
    """Two lines of one closure: a thousand objects have a thousand of each, and a static has one of some."""
    cell = "std::sync::once_lock::OnceLock<T>::get_or_init (src/sync/once_lock.rs:250:5)"

    def once(buffer: Mapping[str, int], texts: int) -> list[bool]:
        made = sites_of(
            [
                ((FINISH_GROW, PUSH, PUT, cell, TEST), {"tb": 9000, "eb": 5120, **buffer}),
                (
                    ("alloc::fmt::format (a:1:1)", PUT, cell, TEST),
                    {"tb": 900, "tbk": texts, "eb": 900, "ebk": texts},
                ),
            ]
        )
        return [site.once for site in made]

    assert once({"tbk": 8, "ebk": 1}, 100) == [True, True]  # enlarged seven times
    assert once({"tbk": 100, "ebk": 100}, 100) == [False, False]
    assert once({"tbk": 100, "ebk": 1}, 100) == [False, False]  # one of a hundred is left
