"""Which sites are the same in two builds, so that the comment names what changed and not what moved."""

from collections.abc import Iterable, Sequence
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.comparison.compare import TestPair, compare
from leakgate.comparison.matching import SitePair
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Site, Sketch, Snapshot

END, GMAX = Metric.T_END_BYTES, Metric.T_GMAX_BYTES

BODY: Sketch = tuple(range(24))
OTHER_BODY: Sketch = tuple(range(1000, 1024))


def site(line: str) -> Site:
    """A site from `push < store::put < tests::put "v.push(x)" 100`: chain, source line and bytes at t-end.

    The first of the chain is the library function that was called; `(symbols: a < b)` are the names of symbols.
    """
    line, _, count = line.strip().rpartition(" ")
    line, _, symbols = line.partition(" (symbols: ")
    chain, _, text = line.partition(' "')
    names = tuple(chain.split(" < "))
    return Site(
        chain=names,
        names=tuple(symbols.rstrip(")").split(" < ")) if symbols else (),
        text=text.rstrip('"'),
        function=names[min(1, len(names) - 1)],
        counts={END: int(count)},
    )


def side(lines: Iterable[str], functions: dict[str, Sketch] | None = None) -> Snapshot:
    """A snapshot of one test; by default each function's body is its own, and is known."""
    sites = tuple(map(site, lines))
    if functions is None:
        names = sorted({name for each in sites for name in each.chain[1:]})
        functions = {name: _own_body(name) for name in names}
    total = sum(each.counts[END] for each in sites)
    return Snapshot(
        fingerprint={}, tests=(Measurement(test="t", metrics={END: total}, sites=sites),), functions=functions
    )


def _own_body(name: str) -> Sketch:
    start = 10_000 + int.from_bytes(name.encode()[-3:]) * 100
    return tuple(range(start, start + 24))


def pair(base: Snapshot, head: Snapshot) -> TestPair:
    (test,) = compare(base, head).tests
    return test


def matched(base: Snapshot, head: Snapshot) -> list[str]:
    """The pairs in words: `100 → 120 store::put`, the counts of several sites joined by `+`."""
    test = pair(base, head)

    def words(each: SitePair) -> str:
        shown = each.shown([END])
        counts = ["+".join(str(s.counts[END]) for s in of) or "new" for of in (each.base, each.head)]
        counts[1] = counts[1].replace("new", "gone")
        old = test.kinship.renamed_from(shown, each.base)
        return f"{' → '.join(counts)} {shown.function}" + (f" (was {old})" if old else "")

    return sorted(map(words, test.sites))


class TestTheSameCode:
    def test_two_calls_in_one_function_are_told_apart_by_their_lines(self) -> None:
        base = side(['push < store::put < t "a" 100', 'push < store::put < t "b" 50'])
        head = side(['push < store::put < t "b" 60', 'push < store::put < t "a" 110'])
        assert matched(base, head) == ["100 → 110 store::put", "50 → 60 store::put"]

    def test_an_edited_line_is_still_the_same_site(self) -> None:
        base = side(['push < store::put < t "v.push(x)" 100'])
        head = side(['push < store::put < t "v.push(x + 1)" 120'])
        assert matched(base, head) == ["100 → 120 store::put"]

    def test_a_call_beside_an_edited_line_is_new_where_the_line_holds_what_it_held(self) -> None:
        base = side(['push < store::put < t "a" 100'])
        head = side(['push < store::put < t "a, edited" 100', 'push < store::put < t "leak" 5000'])
        assert matched(base, head) == ["100 → 100 store::put", "new → 5000 store::put"]

    def test_edited_lines_that_cannot_be_told_apart_are_one_and_keep_their_sum(self) -> None:
        base = side(['push < store::put < t "a" 100', 'push < store::put < t "b" 70'])
        head = side(['push < store::put < t "c" 90', 'push < store::put < t "d" 800'])
        (only,) = pair(base, head).sites
        assert (only.base_counts, only.head_counts, only.delta(END)) == ({END: 170}, {END: 890}, 720)
        assert only.shown([END]).text == "d"

    def test_the_shown_site_of_several_is_the_one_that_grew(self) -> None:
        base = side(['push < store::put < t "a" 1000'])
        head = side(['push < store::put < t "b" 1010', 'push < store::put < t "leak" 500'])
        assert [each.shown([END]).text for each in pair(base, head).sites] == ["leak"]

    def test_a_baseline_that_knew_no_lines_has_the_sum_of_what_they_hold_now(self) -> None:
        base = side(["push < store::put < t 150"], {})
        head = side(['push < store::put < t "a" 100', 'push < store::put < t "b" 60'])
        assert matched(base, head) == ["150 → 100+60 store::put"]

    def test_where_the_source_is_not_known_the_symbols_count(self) -> None:
        base = side(["push < <Store as Put>::put < t 100"], {})
        head = side(['push < store::put < t "a" (symbols: push < <Store as Put>::put < t) 110'])
        assert matched(base, head) == ["100 → 110 store::put"]

    def test_another_function_of_the_library_is_not_another_site(self) -> None:
        base = side(['alloc::vec::Vec::with_capacity < store::put < t "Vec::with_capacity(9)" 100'])
        head = side(['alloc::vec::from_elem < store::put < t "vec![0; 9]" 110'])
        assert matched(base, head) == ["100 → 110 store::put"]

    def test_a_library_function_that_no_user_function_called_is_only_itself(self) -> None:
        base = side(["tokio::spawn 100", "mio::poll 30"])
        head = side(["tokio::spawn 110", "mio::wait 30"])
        assert matched(base, head) == ["100 → 110 tokio::spawn", "30 → gone mio::poll", "new → 30 mio::wait"]


class TestAppearedAndVanished:
    def test_an_extracted_helper_is_the_code_it_was_taken_from(self) -> None:
        base = side(['push < store::put < t "a" 100'])
        head = side(['push < store::grow < store::put < t "a" 110'])
        assert matched(base, head) == ["100 → 110 store::grow"]

    @pytest.mark.parametrize("line", ["a", "a, edited"])
    def test_what_the_rest_of_the_function_allocates_is_not_the_helper(self, line: str) -> None:
        base = side(['vec < store::put < t "a" 100', 'push < store::put < t "b" 7'])
        head = side(
            [
                f'vec < store::grow < store::put < t "{line}" 110',
                'box < store::put < t "leak" 5000',
                'push < store::put < t "b" 7',
            ]
        )
        assert matched(base, head) == ["100 → 110 store::grow", "7 → 7 store::put", "new → 5000 store::put"]

    def test_a_line_that_is_still_there_was_not_edited(self) -> None:
        base = side(['push < store::put < t "a" 100', 'push < z < two < t "z" 1'])
        head = side(['push < store::put < two < t "a" 110', 'push < store::put < t "leak" 5000'])
        assert matched(base, head) == ["1 → gone z", "100 → 110 store::put", "new → 5000 store::put"]

    def test_a_helper_inlined_by_hand_too(self) -> None:
        base = side(['push < store::grow < store::put < t "a" 100'])
        head = side(['push < store::put < t "a" 110'])
        assert matched(base, head) == ["100 → 110 store::put"]

    def test_a_wrapper_may_come_between(self) -> None:
        base = side(['push < store::put < old::layer < t "a" 100'])
        head = side(['push < store::put < retry::with < log::around < t "a" 110'])
        assert matched(base, head) == ["100 → 110 store::put"]

    def test_other_code_that_allocates_is_not_what_it_replaced(self) -> None:
        base = side(['push < index::fill < store::put < t "a" 100'])
        head = side(['push < cache::keep < store::put < t "z" 5000'])
        assert matched(base, head) == ["100 → gone index::fill", "new → 5000 cache::keep"]

    def test_another_way_between_known_functions(self) -> None:
        base = side(['push < put < one < t "a" 100', 'push < x < two < t "x" 1'])
        head = side(['push < put < two < t "a" 110', 'push < x < one < t "x" 1'])
        assert matched(base, head) == ["1 → 1 x", "100 → 110 put"]

    def test_another_caller(self) -> None:
        base = side(['push < put < one "a" 100', 'push < x < two "x" 1'])
        head = side(['push < put < two "a" 110', 'push < x < one "x" 1'])
        assert matched(base, head) == ["1 → 1 x", "100 → 110 put"]


class TestRenames:
    def test_a_renamed_function_is_found_by_its_body_and_said_to_be_one(self) -> None:
        base = side(['push < store::put < t "a" 100'], {"store::put": BODY, "t": OTHER_BODY})
        head = side(['push < store::insert < t "a" 120'], {"store::insert": BODY, "t": OTHER_BODY})
        assert matched(base, head) == ["100 → 120 store::insert (was store::put)"]

    def test_a_renamed_caller_is_no_news(self) -> None:
        base = side(['push < store::put < handle < t "a" 100'], {"store::put": (), "t": (), "handle": BODY})
        head = side(['push < store::put < serve < t "a" 120'], {"store::put": (), "t": (), "serve": BODY})
        assert matched(base, head) == ["100 → 120 store::put"]

    def test_renamed_functions_are_not_mixed_up(self) -> None:
        base = side(['push < put < t "a" 100', 'push < log < t "a" 7'], {"put": BODY, "log": OTHER_BODY, "t": ()})
        head = side(
            ['push < insert < t "a" 900', 'push < trace < t "a" 7'],
            {"insert": BODY, "trace": OTHER_BODY, "t": ()},
        )
        assert matched(base, head) == ["100 → 900 insert (was put)", "7 → 7 trace (was log)"]

    def test_a_renamed_function_may_have_edits_and_call_something_else(self) -> None:
        edited = (*BODY[:18], *range(500, 506))
        base = side(['push < store::put < t "a" 100'], {"store::put": BODY, "t": ()})
        head = side(['extend < store::insert < t "b" 120'], {"store::insert": edited, "t": ()})
        assert matched(base, head) == ["100 → 120 store::insert (was store::put)"]

    @pytest.mark.parametrize(
        ("shared", "name", "found"),
        [
            (12, "store::insert", True),
            (11, "store::insert", False),
            (6, "files::put", True),
            (5, "files::put", False),
            (11, "Store::put", False),
            (0, "store::put_all", False),
        ],
    )
    def test_half_a_body_is_enough_and_a_quarter_of_it_under_the_same_name(
        self, shared: int, name: str, found: bool
    ) -> None:
        mine, theirs = ((*range(shared), *range(start, start + 24 - shared)) for start in (100, 200))
        base = side(["push < store::put < t 100"], {"store::put": mine, "t": ()})
        head = side([f"push < {name} < t 100"], {name: theirs, "t": ()})
        assert matched(base, head) == (
            [f"100 → 100 {name} (was store::put)"] if found else ["100 → gone store::put", f"new → 100 {name}"]
        )

    def test_of_equal_bodies_the_nearer_name_counts_and_none_where_both_are_as_near(self) -> None:
        base = side(["push < a::One::make < t 1"], {"a::One::make": BODY, "t": ()})
        near = side(
            ["push < b::Two::create < t 1", "push < a::One::create < t 2"],
            {"b::Two::create": BODY, "a::One::create": BODY, "t": ()},
        )
        assert matched(base, near) == ["1 → 2 a::One::create (was a::One::make)", "new → 1 b::Two::create"]
        both = side(
            ["push < b::make1 < t 1", "push < b::make2 < t 2"], {"b::make1": BODY, "b::make2": BODY, "t": ()}
        )
        assert pair(base, both).kinship.head.former == {}

    @pytest.mark.parametrize(
        ("before", "after", "found"),
        [
            ("a::Store::put", "b::Store::put", True),
            ("a::find", "b::find", True),
            ("<a::Store as Put>::put", "<b::Store as Put>::put", True),
            ("a::Store::new", "a::Shelf::new", False),  # every other type has one
            ("<a::Store as Put>::put", "<a::Shelf as Put>::put", False),  # the trait's name
            ("a::Store::find", "a::find", False),
            ("a::find", "a::search", False),
        ],
    )
    def test_without_bodies_a_function_can_only_have_moved(self, before: str, after: str, found: bool) -> None:
        base, head = side([f"push < {before} < t 100"], {}), side([f"push < {after} < t 110"], {})
        assert matched(base, head) == (
            [f"100 → 110 {after} (was {before})"] if found else [f"100 → gone {before}", f"new → 110 {after}"]
        )

    def test_without_bodies_a_name_that_several_have_says_nothing(self) -> None:
        base = side(["push < a::One::new < t 1", "push < b::One::new < t 2"], {})
        head = side(["push < c::One::new < t 1"], {})
        assert pair(base, head).kinship.head.former == {}

    def test_a_function_is_still_there_where_only_its_body_is_not_known_any_more(self) -> None:
        base = side(["push < put < t 100"], {"put": BODY, "t": ()})
        head = side(["push < put < t 100", "push < copied < t 5000"], {"copied": BODY, "t": ()})
        assert matched(base, head) == ["100 → 100 put", "new → 5000 copied"]

    def test_a_function_that_is_still_there_was_not_renamed(self) -> None:
        base = side(["push < put < t 100"], {"put": BODY, "t": ()})
        head = side(["push < put < t 100", "push < copied < t 5000"], {"put": BODY, "copied": BODY, "t": ()})
        assert matched(base, head) == ["100 → 100 put", "new → 5000 copied"]


class TestWhatIsNew:
    """Where every old site is found, what is left over is new, however much it is like them."""

    OLD = ('push < store::put < one::test "a" 100', 'push < index::add < store::put < one::test "b" 30')

    @pytest.mark.parametrize(
        ("leak", "function"),
        [
            ('push < store::put < other::caller < one::test "a" 5000', "store::put"),
            ('push < store::put < one::test "leak(x)" 5000', "store::put"),
            ('spawn < store::put < one::test "a" 5000', "store::put"),
            ('push < fresh < store::put < one::test "a" 5000', "fresh"),
        ],
        ids=["another caller", "another line", "another call", "another function"],
    )
    def test_a_leak_beside_old_sites_is_new(self, leak: str, function: str) -> None:
        assert matched(side(self.OLD), side([leak, *self.OLD])) == [
            "100 → 100 store::put",
            "30 → 30 index::add",
            f"new → 5000 {function}",
        ]

    def test_a_test_without_a_baseline_has_new_sites_alone(self) -> None:
        (test,) = compare(None, side(self.OLD)).tests
        assert [(each.base, each.base_counts) for each in test.sites] == [((), {})] * 2


functions = st.sampled_from(["a::put", "a::get", "b::put", "b::T::new", "c::T::new", "c::run"])
counts = st.fixed_dictionaries({END: st.integers(0, 3), GMAX: st.integers(0, 3)})
chains = st.tuples(st.sampled_from(["push", "spawn"]), st.lists(functions, max_size=3).map(tuple)).map(
    lambda parts: (parts[0], *parts[1])
)
sites = st.builds(
    lambda chain, text, counts, names: Site(
        chain=chain, names=names, text=text, function=chain[min(1, len(chain) - 1)], counts=counts
    ),
    chains,
    st.sampled_from(["", "x", "y"]),
    counts,
    st.just(()) | chains,
)
sides = st.lists(sites, max_size=8, unique_by=lambda each: (each.chain, each.text))
sketches = st.dictionaries(functions, st.sampled_from([BODY, OTHER_BODY, BODY[:12] + OTHER_BODY[:12], ()]))


def snapshot_of(sites: Sequence[Site], functions: dict[str, Sketch]) -> Snapshot:
    return Snapshot(
        fingerprint={}, tests=(Measurement(test="t", metrics={}, sites=tuple(sites)),), functions=functions
    )


def identities(pairs: Iterable[SitePair]) -> set[frozenset[tuple[str, tuple[str, ...], str]]]:
    """Each pair as the set of its sites, with their side."""
    return {
        frozenset((where, each.chain, each.text) for where in ("base", "head") for each in getattr(found, where))
        for found in pairs
    }


class TestAnySites:
    @given(base=sides, head=sides, old=sketches, new=sketches)
    def test_each_site_is_in_one_pair_and_nothing_is_lost_or_counted_twice(
        self, base: list[Site], head: list[Site], old: dict[str, Sketch], new: dict[str, Sketch]
    ) -> None:
        pairs = pair(snapshot_of(base, old), snapshot_of(head, new)).sites
        for name, given_sites in (("base", base), ("head", head)):
            paired = [each for found in pairs for each in getattr(found, name)]
            assert sorted(map(repr, paired)) == sorted(map(repr, given_sites))
            for metric in (END, GMAX):
                held = sum(getattr(found, f"{name}_counts").get(metric, 0) for found in pairs)
                assert held == sum(each.counts[metric] for each in given_sites)
        assert all(found.base or found.head for found in pairs)
        assert len({found.identity for found in pairs}) == len(pairs)

    @given(base=sides, head=sides, old=sketches, new=sketches, order=st.randoms(use_true_random=False))
    def test_the_order_of_sites_and_functions_says_nothing(
        self, base: list[Site], head: list[Site], old: dict[str, Sketch], new: dict[str, Sketch], order: Random
    ) -> None:
        first = pair(snapshot_of(base, old), snapshot_of(head, new))
        shuffled = [order.sample(each, len(each)) for each in (base, head)]
        functions = [dict(order.sample([*each.items()], len(each))) for each in (old, new)]
        second = pair(*map(snapshot_of, shuffled, functions))
        assert identities(second.sites) == identities(first.sites)
        assert second.kinship == first.kinship

    @given(sites=sides, functions=sketches, counted=st.data())
    def test_an_unchanged_test_has_each_site_beside_itself_whatever_it_holds(
        self, sites: list[Site], functions: dict[str, Sketch], counted: st.DataObject
    ) -> None:
        """Nor does it matter how far code has moved: a site's identity has no line."""
        now = [
            msgspec.structs.replace(each, counts=counted.draw(counts), line=counted.draw(st.integers(1, 999)))
            for each in sites
        ]
        pairs = pair(snapshot_of(sites, functions), snapshot_of(now, functions)).sites
        assert sorted((found.base[0].chain, found.base[0].text) for found in pairs) == sorted(
            (each.chain, each.text) for each in sites
        )
        assert all(
            [(each.chain, each.text) for each in found.base] == [(each.chain, each.text) for each in found.head]
            for found in pairs
        )

    @given(base=sides, more=sides, functions=sketches)
    def test_what_is_added_to_an_unchanged_test_is_new(
        self, base: list[Site], more: list[Site], functions: dict[str, Sketch]
    ) -> None:
        known = {(each.chain, each.text) for each in base}
        added = [each for each in more if (each.chain, each.text) not in known]
        pairs = pair(snapshot_of(base, functions), snapshot_of([*base, *added], functions)).sites
        assert sorted(each.identity for each in pairs if not each.base) == sorted(
            (each.chain, each.text) for each in added
        )
