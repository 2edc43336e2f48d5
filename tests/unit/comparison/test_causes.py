"""Why memory is probably still alive: from what blocks are, how many lived, and who allocated the others."""

import pytest

from leakgate.comparison.causes import explain
from leakgate.comparison.grown import LOOKED_AT
from leakgate.comparison.matching import SitePair
from leakgate.comparison.result import Cause, Evidence, Place
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Kind, Site, Within

END, PEAK = Metric.T_END_BYTES, Metric.T_GMAX_BYTES
SPAWN = "tokio::task::spawn::spawn"
PUSH = "alloc::vec::Vec::push"
INSERT = "std::collections::hash::map::HashMap::insert"
SEND = "tokio::sync::mpsc::unbounded::UnboundedSender::send"
VEC = "alloc::vec::from_elem"
NEW = "alloc::sync::Arc::new"
TEST = "app::tests::t"


class At:
    """Sites at one instant, written as `grown(bytes, blocks, total blocks)`."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.pairs: list[SitePair] = []

    def site(  # noqa: PLR0913 - a site and its counts on both sides
        self,
        chain: str,
        head: tuple[int, int, int],
        base: tuple[int, int, int] | None = None,
        *,
        kind: Kind | None = None,
        within: Within | None = None,
        starts: tuple[str, ...] = (),
        once: bool = False,
        forgets: str | None = None,
    ) -> "At":
        """Add one; `chain` is `called ← mine ← outer`."""
        names = tuple(chain.split(" ← "))

        def side(counts: tuple[int, int, int] | None) -> tuple[Site, ...]:
            if counts is None:
                return ()
            blocks = Metric.T_END_BLOCKS if self.metric is END else Metric.T_GMAX_BLOCKS
            one = Site(
                chain=names,
                function=names[1],
                file="src/lib.rs",
                line=7,
                counts={self.metric: counts[0], blocks: counts[1], Metric.TOTAL_BLOCKS: counts[2]},
                kind=kind,
                within=within,
                starts=starts,
                once=once,
                forgets=forgets,
            )
            return (one,)

        self.pairs.append(SitePair(side(base), side(head)))
        return self

    def causes(self, *, has_base: bool = True, again: bool = True) -> list[str | None]:
        found = explain(self.pairs, (self.metric,), has_base=has_base, again=again)
        return [one.cause.value if one else None for one in found]


def at_peak() -> At:
    return At(PEAK)


def at_end() -> At:
    return At(END)


def task(at: At, head: tuple[int, int, int], base: tuple[int, int, int] | None = None, **more: object) -> At:
    return at.site(f"{SPAWN} ← app::accept ← {TEST}", head, base, kind=Kind.TASK, **more)  # type: ignore[arg-type]


def test_a_task_tells_itself_and_what_it_holds_names_the_line_that_spawned_it() -> None:
    at = task(at_peak(), (5120, 20, 20), (256, 1, 20), starts=("serve", "spawn"))
    at.site(f"{VEC} ← app::accept ← {TEST}", (20_000, 20, 20), (1000, 1, 20))  # moved in
    at.site(f"{VEC} ← app::net::serve", (6000, 20, 20), (300, 1, 20), within=Within.TASK)  # run by it
    at.site(f"{VEC} ← app::other", (6000, 20, 900), (300, 1, 900))  # mostly freed, and elsewhere

    found = explain(at.pairs, (PEAK,), has_base=True, again=True)

    spawned = Place(function="app::accept", file="src/lib.rs", line=7)
    rests_on = {"metric": Metric.T_GMAX_BLOCKS, "alive": 20, "allocated": 20, "through": SPAWN}
    assert [one and (one.cause, one.evidence) for one in found] == [
        (Cause.UNFINISHED_TASK, Evidence(**rests_on)),  # type: ignore[arg-type]  # as written above
        (Cause.UNFINISHED_TASK, Evidence(at=spawned, **rests_on)),  # type: ignore[arg-type]
        (Cause.UNFINISHED_TASK, Evidence(at=spawned, **rests_on)),  # type: ignore[arg-type]
        None,
    ]


@pytest.mark.parametrize(
    ("head", "base"),
    [
        ((5120, 20, 100), (256, 1, 100)),  # most of them ended before the peak
        ((5120, 20, 20), (2560, 20, 20)),  # as many as before: the future became larger
    ],
)
def test_tasks_that_end_or_are_not_more_tell_nothing(
    head: tuple[int, int, int], base: tuple[int, int, int]
) -> None:
    assert task(at_peak(), head, base).causes() == [None]


def test_handles_that_are_kept_leave_it_open_whether_the_tasks_have_ended() -> None:
    def of(contents: tuple[int, int, int]) -> list[str | None]:
        at = task(at_peak(), (5120, 20, 20))
        at.site(f"{PUSH} ← app::accept ← {TEST}", (256, 1, 4), kind=Kind.LIST)
        at.site(f"{VEC} ← app::accept", contents, within=Within.TASK)
        return at.causes()

    assert of((2000, 20, 20))[0] == "unfinished-task"
    assert of((0, 0, 20))[0] is None


def test_a_queue_that_nobody_empties_and_its_messages() -> None:
    at = at_peak()
    at.site(f"{SEND} ← app::feed ← {TEST}", (4800, 6, 6), (800, 1, 6), kind=Kind.QUEUE)
    at.site(f"{VEC} ← app::message ← app::feed ← {TEST}", (8000, 200, 200), (40, 1, 200))
    assert at.causes() == ["unbounded-queue", "unbounded-queue"]


@pytest.mark.parametrize(
    ("head", "cause"),
    [
        ((6400, 20, 20), None),  # more channels
        ((6400, 1, 1), None),  # made larger
        ((6400, 1, 6), "unbounded-queue"),  # enlarged by what was sent: DHAT books that where it was made
    ],
)
def test_where_a_queue_is_made_it_is_a_backlog_if_it_was_enlarged(
    head: tuple[int, int, int], cause: str | None
) -> None:
    made = f"kanal::unbounded ← app::open ← {TEST}"
    assert at_peak().site(made, head, (320, 1, 1), kind=Kind.QUEUE).causes() == [cause]


def test_messages_that_fill_a_ring_are_a_backlog_though_it_holds_no_more_itself() -> None:
    def of(maker: str, sender: str, messages: tuple[int, int, int]) -> str | None:
        at = at_peak()
        at.site(f"tokio::sync::broadcast::channel ← {maker} ← {TEST}", (8192, 1, 1), (8192, 1, 1), kind=Kind.QUEUE)
        at.site(f"{VEC} ← {sender} ← {TEST}", messages, (40, 1, 200))
        return at.causes()[1]

    assert of("app::feed::Feed::open", "app::feed::Feed::send", (8000, 200, 200)) == "unbounded-queue"
    assert of("app::feed::open", "<app::feed::Quote as app::Message>::read", (8000, 200, 200)) == "unbounded-queue"
    assert of("app::feed::Feed::open", "app::shop::Shop::sell", (8000, 200, 200)) is None  # elsewhere
    assert of("app::feed::Feed::open", "app::feed::Feed::send", (8000, 100, 200)) is None  # half were taken out
    assert of("app::feed::Feed::open", "app::feed::Feed::send", (80_000, 2000, 2000)) is None  # have no place
    assert of("app::feed::Feed::open", "app::feed::Feed::send", (280, 7, 7)) is None


def test_the_ring_is_the_evidence_and_another_holder_comes_before_it() -> None:
    at = at_peak()
    at.site(f"{SEND} ← app::other ← {TEST}", (4800, 6, 6), kind=Kind.QUEUE)
    at.site(f"tokio::sync::broadcast::channel ← app::open ← {TEST}", (8192, 1, 1), (8192, 1, 1), kind=Kind.QUEUE)
    at.site(f"{VEC} ← app::send ← {TEST}", (8000, 200, 200))
    assert at.causes()[0] == "unbounded-queue"

    (_, _, by_the_queue) = explain(at.pairs, (PEAK,), has_base=True, again=True)
    (_, by_the_ring) = explain(at.pairs[1:], (PEAK,), has_base=True, again=True)
    places = [one.evidence.at.function for one in (by_the_queue, by_the_ring) if one and one.evidence.at]
    assert places == ["app::other", "app::open"]


@pytest.mark.parametrize(
    ("called", "kind"),
    [
        ("tokio::task::join_set::JoinSet::spawn", Kind.TASK),
        ("futures_util::stream::futures_unordered::FuturesUnordered::push", Kind.QUEUE),
    ],
)
def test_in_a_set_of_the_users_what_ended_piles_up(called: str, kind: Kind) -> None:
    at = at_peak().site(f"{called} ← app::f ← {TEST}", (5120, 20, 20), (256, 1, 20), kind=kind)
    assert at.causes() == ["growing-collection"]


def test_closures_wait_for_a_pool_and_at_the_end_have_not_ended() -> None:
    called = f"tokio::task::blocking::spawn_blocking ← app::f ← {TEST}"
    assert at_peak().site(called, (512, 200, 600), (5, 2, 600), kind=Kind.BLOCKING_TASK).causes() == [
        "unbounded-queue"
    ]
    assert at_end().site(called, (512, 2, 2), kind=Kind.BLOCKING_TASK).causes() == ["unfinished-task"]


def test_a_collection_that_doubled_and_its_elements() -> None:
    at = at_peak()
    at.site(f"{INSERT} ← app::put ← {TEST}", (37_000, 1, 8), (200, 1, 1), kind=Kind.MAP)
    at.site(f"alloc::fmt::format ← app::put ← {TEST}", (2400, 300, 300), (8, 1, 300))
    at.site(f"{VEC} ← app::render ← app::put ← {TEST}", (19_200, 300, 300), (64, 1, 300))
    assert at.causes() == ["growing-collection"] * 3


@pytest.mark.parametrize(
    ("head", "base", "cause"),
    [
        ((32_768, 1, 11), None, "growing-collection"),  # in the place of `with_capacity`
        ((640, 10, 20), (64, 1, 2), None),  # more of them, none larger
        ((640, 10, 10), None, None),
        ((9000, 1, 1), (100, 1, 1), None),  # made larger at once
    ],
)
def test_a_list_has_to_have_doubled(
    head: tuple[int, int, int], base: tuple[int, int, int] | None, cause: str | None
) -> None:
    assert at_peak().site(f"{PUSH} ← app::f ← {TEST}", head, base, kind=Kind.LIST).causes() == [cause]


def test_a_deque_that_threads_share_is_the_queue_between_them() -> None:
    called = f"alloc::collections::vec_deque::VecDeque::push_back ← app::Pool::run ← {TEST}"
    alone = at_peak().site(called, (8192, 1, 8), (512, 1, 4), kind=Kind.LIST)
    assert alone.causes() == ["growing-collection"]
    started = f"std::thread::functions::spawn ← app::Pool::new ← {TEST}"
    shared = at_peak().site(called, (8192, 1, 8), (512, 1, 4), kind=Kind.LIST)
    shared.site(started, (448, 8, 20), (448, 8, 20), kind=Kind.THREAD)
    assert shared.causes() == ["unbounded-queue", None]


def test_a_tree_has_more_nodes() -> None:
    called = f"alloc::collections::btree::map::BTreeMap::insert ← app::f ← {TEST}"
    assert at_peak().site(called, (4784, 13, 13), kind=Kind.MAP).causes() == ["growing-collection"]


def test_what_does_not_fit_into_a_collection_is_its_element_only_in_one_function() -> None:
    def of(function: str) -> str | None:
        at = at_peak()
        at.site(f"{PUSH} ← app::f ← {TEST}", (64, 1, 4), (32, 1, 2), kind=Kind.LIST)
        at.site(f"{VEC} ← {function} ← {TEST}", (5000, 50, 50))  # takes 400 bytes of pointers
        return at.causes()[1]

    assert of("app::g ← app::f") is None
    assert of("app::f") == "growing-collection"  # lists in lists


def test_texts_that_were_enlarged_while_they_were_written_were_not_freed() -> None:
    def of(called: str, total: int) -> str | None:
        at = at_peak()
        at.site(f"{INSERT} ← app::put ← {TEST}", (37_000, 1, 8), (200, 1, 1), kind=Kind.MAP)
        at.site(f"{called} ← app::put ← {TEST}", (51_200, 100, total))
        return at.causes()[1]

    assert of("alloc::fmt::format", 700) == "growing-collection"  # 8, 16, … 512 bytes
    assert of("alloc::fmt::format", 7000) is None
    assert of(VEC, 700) is None


def test_a_block_that_only_became_larger_inherits_nothing() -> None:
    at = at_peak()
    at.site(f"{PUSH} ← app::f ← {TEST}", (64, 1, 4), (32, 1, 2), kind=Kind.LIST)
    at.site(f"{VEC} ← app::f ← {TEST}", (90_000, 1, 1), (100, 1, 1))
    assert at.causes() == ["growing-collection", None]


def test_pointers_that_outlive_the_test_with_no_one_to_hold_them_hold_each_other() -> None:
    at = at_end()
    at.site(f"{NEW} ← app::link ← {TEST}", (560, 10, 10), kind=Kind.ARC)
    at.site(f"alloc::fmt::format ← app::link ← {TEST}", (100, 10, 10))
    assert at.causes() == ["reference-cycle", "reference-cycle"]


def test_at_the_peak_no_cycle_can_be_told() -> None:
    assert at_peak().site(f"{NEW} ← app::link ← {TEST}", (560, 10, 10), kind=Kind.ARC).causes() == [None]


def test_what_is_forgotten_on_purpose_has_no_cause_and_may_hold_what_its_function_makes() -> None:
    def of(made: str, forgotten: int = 560) -> list[str | None]:
        at = at_end()
        at.site(f"{NEW} ← app::keep ← {TEST}", (forgotten, 1, 1), kind=Kind.ARC, forgets="mem::forget")
        at.site(f"{NEW} ← {made} ← {TEST}", (560, 10, 10), kind=Kind.ARC)
        return at.causes()

    assert of("app::keep") == [None, None]
    assert of("app::made ← app::keep") == [None, None]
    assert of("app::made") == [None, None]  # ten pointers have room in it
    assert of("app::made", 72) == [None, "reference-cycle"]


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (Kind.RUNTIME, "leaked-runtime"),
        (Kind.TASK, "unfinished-task"),
        (Kind.THREAD, "detached-thread"),
        (Kind.LIST, None),
        (Kind.QUEUE, None),
    ],
)
def test_what_ends_by_itself_lives_for_its_own_reason_whoever_forgets_its_handle(
    kind: Kind, cause: str | None
) -> None:
    at = at_end().site(f"app_rt::start ← app::f ← {TEST}", (5120, 20, 20), kind=kind, forgets="std::mem::forget")
    assert at.causes() == [cause]


def test_a_list_of_an_rcs_is_not_a_statics() -> None:
    at = at_end()
    at.site(f"alloc::rc::Rc::new ← app::tree ← {TEST}", (1848, 21, 21), kind=Kind.RC)
    at.site(f"{PUSH} ← app::tree ← {TEST}", (256, 1, 4), kind=Kind.LIST)
    assert at.causes() == ["reference-cycle", "reference-cycle"]


def test_a_list_of_arcs_is_a_statics_if_it_has_room_for_two_runs() -> None:
    def of(listed: tuple[int, int, int], *, again: bool = True) -> list[str | None]:
        at = at_end()
        at.site(f"{NEW} ← app::register ← {TEST}", (1000, 50, 50), kind=Kind.ARC)
        at.site(f"{PUSH} ← app::register ← {TEST}", listed, kind=Kind.LIST)
        return at.causes(again=again)

    assert of((1024, 1, 1)) == ["growing-collection"] * 2
    assert of((1024, 50, 50)) == ["reference-cycle"] * 2  # each has its own
    assert of((512, 1, 5)) == ["reference-cycle"] * 2
    assert of((512, 1, 5), again=False) == [None, None]  # either is possible


def test_a_small_table_of_arcs_may_be_a_statics_unless_it_has_its_first_size() -> None:
    def of(size: int) -> list[str | None]:
        at = at_end()
        at.site(f"{NEW} ← app::join ← {TEST}", (96, 3, 3), kind=Kind.ARC)
        at.site(f"{INSERT} ← app::join ← {TEST}", (size, 1, 1), kind=Kind.MAP)
        return at.causes()

    assert of(8 * 16 + 8 + 16) == [None, None]  # eight places: may be there since an earlier run
    assert of(4 * 16 + 4 + 16) == ["reference-cycle"] * 2


def test_one_cycle_has_one_block_of_everything() -> None:
    at = at_end()
    at.site(f"{NEW} ← app::bus ← {TEST}", (72, 1, 1), kind=Kind.ARC)
    at.site(f"std::collections::hash::map::HashMap::entry ← app::on ← {TEST}", (148, 1, 1), kind=Kind.MAP)
    at.site(f"{PUSH} ← app::on ← {TEST}", (128, 2, 2), kind=Kind.LIST)  # of fat pointers
    at.site(f"{VEC} ← app::name ← {TEST}", (20, 1, 1))
    assert at.causes() == ["reference-cycle"] * 4


def test_what_grew_again_and_has_no_other_owner_is_a_statics() -> None:
    def of(*, again: bool = True, kind: Kind | None = None) -> list[str | None]:
        at = at_end().site(f"{PUSH} ← app::log ← {TEST}", (6144, 1, 1), kind=Kind.LIST)
        at.site(f"{VEC} ← app::entry ← {TEST}", (1100, 100, 100))
        if kind:
            at.site(f"{NEW} ← app::f ← {TEST}", (72, 1, 8), kind=kind)
        return at.causes(again=again)[:2]

    assert of() == ["growing-collection"] * 2
    assert of(again=False) == [None, None]
    assert of(kind=Kind.RC) == [None, None]

    leaked = at_end().site(f"{PUSH} ← app::name ← {TEST}", (640, 20, 20), kind=Kind.LIST)
    assert leaked.causes() == [None]  # twenty texts, in nothing that is known


def test_what_an_iterator_of_unknown_length_yields_has_to_enlarge_its_list_twice() -> None:
    def of(head: tuple[int, int, int]) -> list[str | None]:
        called = f"core::iter::traits::iterator::Iterator::collect ← app::f ← {TEST}"
        return at_peak().site(called, head, (64, 1, 1), kind=Kind.LIST).causes()

    assert of((4096, 1, 7)) == ["growing-collection"]
    assert of((4096, 1, 2)) == [None]


def test_a_queue_that_outlives_its_test_is_of_the_thread_that_has_not_ended() -> None:
    at = at_end()
    at.site(f"std::thread::functions::spawn ← app::start ← {TEST}", (136, 2, 4), kind=Kind.THREAD)
    at.site(f"{SEND} ← app::send ← app::start ← {TEST}", (1248, 1, 4), kind=Kind.QUEUE)
    assert at.causes() == ["detached-thread", "detached-thread"]


def test_what_a_task_allocates_is_no_distant_collections() -> None:
    def of(within: Within | None) -> str | None:
        at = at_peak()
        at.site(f"{PUSH} ← app::log ← {TEST}", (8192, 1, 9), (32, 1, 1), kind=Kind.LIST)
        at.site(f"{VEC} ← app::work ← {TEST}", (6400, 100, 100), within=within)
        return at.causes()[1]

    assert of(None) == "growing-collection"
    assert of(Within.TASK) is None
    assert of(Within.THREAD) is None


def test_a_thread_that_nobody_joined_and_what_it_runs() -> None:
    at = at_end()
    at.site(f"std::thread::functions::spawn ← app::start ← {TEST}", (336, 6, 15), kind=Kind.THREAD)
    at.site(f"{VEC} ← app::run ← app::start", (2100, 3, 3), within=Within.THREAD)
    at.site(f"{VEC} ← app::start ← {TEST}", (1500, 3, 3))
    assert at.causes() == ["detached-thread"] * 3


def test_a_runtime_that_is_kept_is_why_its_tasks_are_unless_it_was_kept_before() -> None:
    build = f"tokio::runtime::builder::Builder::build ← app::rt ← {TEST}"
    new = task(at_end(), (512, 2, 2)).site(build, (27_000, 40, 44), kind=Kind.RUNTIME)
    assert new.causes() == ["leaked-runtime", "leaked-runtime"]
    known = task(at_end(), (512, 2, 2)).site(build, (27_000, 40, 44), (27_000, 40, 44), kind=Kind.RUNTIME)
    assert known.causes() == ["unfinished-task", None]


def test_at_the_peak_a_runtime_is_neither_a_tasks_nor_leaked() -> None:
    at = task(at_peak(), (5120, 20, 20))
    at.site(f"tokio::runtime::builder::Builder::build ← app::accept ← {TEST}", (27_000, 40, 44), kind=Kind.RUNTIME)
    assert at.causes() == ["unfinished-task", None]


def test_a_runtime_in_a_thread_is_the_threads() -> None:
    at = at_end()
    at.site(f"std::thread::functions::spawn ← app::start ← {TEST}", (112, 2, 5), kind=Kind.THREAD)
    at.site(
        "tokio::runtime::builder::Builder::build ← app::start",
        (27_000, 40, 44),
        kind=Kind.RUNTIME,
        within=Within.THREAD,
    )
    assert at.causes() == ["detached-thread", "detached-thread"]


def test_a_static_is_one_at_the_peak_too() -> None:
    at = at_peak().site(f"{VEC} ← app::TABLE ← app::f ← {TEST}", (40_000, 1, 1), (600, 1, 1), once=True)
    assert at.causes() == ["static-init"]


def test_a_distant_holder_holds_only_where_all_holders_are_of_one_cause() -> None:
    def of(*, both: bool) -> list[str | None]:
        at = at_peak()
        at.site(f"{PUSH} ← app::log ← {TEST}", (8192, 1, 9), (32, 1, 1), kind=Kind.LIST)
        at.site(f"{VEC} ← app::entry ← {TEST}", (6400, 100, 100))
        if both:
            task(at, (5120, 20, 20))
        return at.causes()

    assert of(both=False) == ["growing-collection", "growing-collection"]
    assert of(both=True) == ["growing-collection", None, "unfinished-task"]


def test_a_holder_that_is_too_small_for_it_does_not_make_a_distant_one_doubtful() -> None:
    at = at_peak()
    at.site(f"{SEND} ← app::feed ← {TEST}", (48_000, 6, 6), (800, 1, 6), kind=Kind.QUEUE)
    at.site(f"{PUSH} ← app::line ← {TEST}", (138, 1, 5), kind=Kind.LIST)
    at.site(f"{VEC} ← app::entry ← {TEST}", (6400, 100, 100))
    assert at.causes() == ["unbounded-queue", "growing-collection", "unbounded-queue"]


def test_what_tasks_share_only_the_test_with_is_theirs_if_there_is_some_for_most_of_them() -> None:
    def of(blocks: int) -> list[str | None]:
        at = task(at_peak(), (5120, 20, 20))
        at.site(f"{VEC} ← app::entry ← {TEST}", (blocks * 64, blocks, blocks))
        return at.causes()

    assert of(2) == ["unfinished-task", None]
    assert of(20) == ["unfinished-task", "unfinished-task"]


def test_without_a_baseline_only_what_outlived_its_test_is_explained() -> None:
    assert task(at_peak(), (5120, 20, 20)).causes(has_base=False) == [None]
    assert task(at_end(), (5120, 20, 20)).causes(has_base=False) == ["unfinished-task"]


def test_the_end_comes_before_the_peak_and_totals_explain_nothing() -> None:
    at = task(at_end(), (5120, 20, 20))
    (one,) = explain(at.pairs, (END, PEAK, Metric.TOTAL_BYTES), has_base=True, again=True)
    assert one is not None
    assert one.evidence.metric == Metric.T_END_BLOCKS
    assert explain(at.pairs, (Metric.TOTAL_BYTES,), has_base=True, again=True) == (None,)


def test_of_very_many_sites_the_heaviest_are_explained() -> None:
    """Four thousand took seven seconds when each was held against each."""
    at = at_peak()
    for n in range(4000):
        task(at, (5120 + n, 20, 20))
    found = at.causes()
    assert found[-1] == "unfinished-task"
    assert sum(one is not None for one in found) == LOOKED_AT


def test_what_the_end_leaves_open_the_peak_does_not_answer() -> None:
    """A list of `Arc`s in a test that ran once may be a static's, or theirs. That it grew is true of both."""

    def of(left: int) -> str | None:
        counts = {END: left, PEAK: 4096, Metric.T_END_BLOCKS: 1, Metric.T_GMAX_BLOCKS: 1, Metric.TOTAL_BLOCKS: 8}
        chain = (PUSH, "app::watch", TEST)
        listed = Site(chain=chain, function="app::watch", counts=counts, kind=Kind.LIST)
        arcs = at_end().site(f"{NEW} ← app::watch ← {TEST}", (4800, 100, 100), kind=Kind.ARC).pairs
        found = explain([*arcs, SitePair((), (listed,))], (END, PEAK), has_base=True, again=False)
        return found[1].cause if found[1] else None

    assert of(4096) is None
    assert of(64) == "growing-collection"
