"""Why memory is probably still alive: from what blocks are, how many lived, and who allocated the others."""

import pytest

from leakgate.comparison.causes import explain
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


def test_more_channels_are_no_backlog_and_a_larger_ring_is() -> None:
    made = f"tokio::sync::broadcast::channel ← app::open ← {TEST}"
    assert at_peak().site(made, (6400, 20, 20), (320, 1, 1), kind=Kind.QUEUE).causes() == [None]
    assert at_peak().site(made, (6400, 1, 1), (320, 1, 1), kind=Kind.QUEUE).causes() == ["unbounded-queue"]


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


def test_a_tree_has_more_nodes() -> None:
    called = f"alloc::collections::btree::map::BTreeMap::insert ← app::f ← {TEST}"
    assert at_peak().site(called, (4784, 13, 13), kind=Kind.MAP).causes() == ["growing-collection"]


def test_what_does_not_fit_into_a_collection_is_not_its_element() -> None:
    at = at_peak()
    at.site(f"{PUSH} ← app::f ← {TEST}", (64, 1, 4), (32, 1, 2), kind=Kind.LIST)
    at.site(f"{VEC} ← app::f ← {TEST}", (5000, 50, 50))  # takes 400 bytes of pointers
    assert at.causes() == ["growing-collection", None]


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


def test_what_is_forgotten_on_purpose_is_no_cycle_and_has_no_cause() -> None:
    at = at_end()
    at.site(f"{NEW} ← app::keep ← {TEST}", (560, 10, 10), kind=Kind.ARC, forgets="mem::forget")
    at.site(f"{NEW} ← app::made ← {TEST}", (560, 10, 10), kind=Kind.ARC)
    assert at.causes() == [None, None]


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
    assert of((512, 1, 5)) == ["reference-cycle"] * 2
    assert of((512, 1, 5), again=False) == [None, None]  # either is possible


def test_a_small_table_of_arcs_may_be_a_statics_or_one_of_theirs() -> None:
    at = at_end()
    at.site(f"{NEW} ← app::join ← {TEST}", (96, 3, 3), kind=Kind.ARC)
    at.site(f"{INSERT} ← app::join ← {TEST}", (84, 1, 1), kind=Kind.MAP)
    assert at.causes() == [None, None]


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
