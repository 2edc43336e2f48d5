"""The index of a branch of baselines, against a model that keeps every value of every save."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import FINGERPRINT, snapshot
from leakgate.baselines.index import Index, add, digest, dump, parse, prune
from leakgate.baselines.model import Saving
from leakgate.baselines.runs import METRICS
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.snapshot.model import Measurement, Snapshot

START = datetime(2026, 11, 1, tzinfo=UTC)
OTHER = {**FINGERPRINT, "rustc": "1.96.0"}
GMAX, END = METRICS


def commit(number: int) -> str:
    return f"{number:040x}"


@dataclass(frozen=True)
class Event:
    """One save: which commit, on which branch, how late, and test → t-gmax."""

    commit: int
    values: Mapping[str, int] = field(default_factory=dict)
    branch: str = "main"
    minute: int | None = None
    fingerprint: Mapping[str, str] = field(default_factory=lambda: FINGERPRINT)

    @property
    def saving(self) -> Saving:
        minute = self.commit if self.minute is None else self.minute
        return Saving(commit(self.commit), self.branch, START + timedelta(minutes=minute))

    @property
    def snapshot(self) -> Snapshot:
        tests = (Measurement(test=test, metrics={GMAX: n, END: n // 3}) for test, n in sorted(self.values.items()))
        return Snapshot(commit=commit(self.commit), fingerprint=self.fingerprint, tests=tuple(tests))


def indexed(events: Sequence[Event], most: int = 1000) -> Index:
    empty = Index(key="test")
    return reduce(lambda index, event: add(index, event.snapshot, event.saving, 100, most), events, empty)


def brute_force(events: Sequence[Event]) -> list[Event]:
    """The last save of each commit and branch, in the order of time."""
    last = {(event.commit, event.branch): event for event in events}
    return sorted(last.values(), key=lambda event: (event.saving.time, event.saving.commit, event.branch))


def said(index: Index) -> dict[tuple[str, str], list[tuple[str, int | None]]]:
    """All that an index says of t-gmax: branch and test → commit and value."""
    return {
        (branch, test): [(point.commit, point.value) for point in index.series(branch, test, GMAX).points]
        for branch in index.branches
        for test in index.tests(branch)
    }


def expected(saves: Sequence[Event]) -> dict[tuple[str, str], list[tuple[str, int | None]]]:
    return {
        (branch, test): [(commit(e.commit), e.values.get(test)) for e in saves if e.branch == branch]
        for branch in {event.branch for event in saves}
        for test in {test for event in saves if event.branch == branch for test in event.values}
    }


events = st.builds(
    Event,
    commit=st.integers(0, 12),
    values=st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)),
    branch=st.sampled_from(["main", "release"]),
    minute=st.integers(0, 9),
    fingerprint=st.sampled_from([FINGERPRINT, OTHER]),
)
distinct = st.lists(events, max_size=20, unique_by=lambda event: (event.commit, event.branch))


class TestAdd:
    @given(st.lists(events, max_size=20))
    def test_it_says_what_a_list_of_all_values_says(self, given_events: list[Event]) -> None:
        index = indexed(given_events)
        assert said(index) == expected(brute_force(given_events))
        assert parse(dump(index), "index.json", "none") == index

    @given(distinct.flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
    def test_writers_may_land_in_any_order(self, orders: tuple[list[Event], list[Event]]) -> None:
        one, other = map(indexed, orders)
        assert said(one) == said(other)
        assert [(s.commit, s.branch) for s in one.saves] == [(s.commit, s.branch) for s in other.saves]
        assert one.fingerprints == other.fingerprints
        assert one.written == other.written

    @given(distinct, st.integers(1, 6))
    def test_values_are_kept_of_the_last_saves_alone(self, given_events: list[Event], most: int) -> None:
        saves = brute_force(given_events)
        assert said(indexed(saves, most)) == expected(saves[-most:])

    @given(distinct, st.integers(1, 6))
    def test_late_comers_to_a_full_index_break_nothing(self, given_events: list[Event], most: int) -> None:
        index = indexed(given_events, most)
        full = expected(brute_force(given_events))
        assert parse(dump(index), "index.json", "none") == index
        for name, points in said(index).items():
            assert len(points) <= most
            assert [point for point in full[name] if point in points] == points

    def test_old_values_go_in_batches_and_a_late_comer_brings_none_back(self) -> None:
        saves = [Event(n, {"a": n}, minute=2 * n) for n in range(22)]
        full = indexed(saves[:21], most=20)
        assert said(full) == expected(saves[:21])
        cut = indexed(saves, most=20)
        assert said(cut) == expected(saves[2:])
        late = Event(99, {"a": 7}, minute=1)
        index = add(cut, late.snapshot, late.saving, 100, 20)
        assert said(index) == expected(saves[2:])
        assert len(index.saves) == 23

    def test_the_same_commit_again_takes_the_place_of_the_earlier_save(self) -> None:
        index = indexed([Event(1, {"a": 5}), Event(2, {"a": 5}), Event(1, {"a": 9}, minute=7, fingerprint=OTHER)])
        assert said(index) == {("main", "a"): [(commit(2), 5), (commit(1), 9)]}
        assert [save.fingerprint for save in index.saves] == [digest(FINGERPRINT), digest(OTHER)]

    def test_a_change_is_one_line_in_the_file(self) -> None:
        before = [Event(n, {"a": 5, "b": 6, "c": 7}) for n in range(3)]
        old, new = (
            dump(indexed(e)).decode().splitlines() for e in (before, [*before, Event(3, {"a": 5, "b": 8})])
        )
        assert [line for line in new if line.rstrip(",") not in [line.rstrip(",") for line in old]] == [
            '"written": 400,',
            (
                '  {"number":3,"commit":"0000000000000000000000000000000000000003","branch":"main",'
                '"time":"2026-11-01T00:03:00Z","fingerprint":"fdb21ffc3cc8","bytes":100}'
            ),
            '  "b": {"main":{"t-gmax-bytes":[[0,6],[3,8]],"t-end-bytes":[[0,2]]}},',
            '  "c": {"main":{"t-gmax-bytes":[[0,7],[3,null]],"t-end-bytes":[[0,2],[3,null]]}}',
        ]


class TestPast:
    @given(st.lists(events, min_size=1, max_size=20), st.integers(1, 5))
    def test_it_is_the_last_values_that_were_measured_alike(self, given_events: list[Event], last: int) -> None:
        index, saves = indexed(given_events), brute_force(given_events)
        for number, upto in enumerate(saves):
            alike = [
                event
                for event in saves[: number + 1]
                if event.branch == upto.branch and event.fingerprint == upto.fingerprint
            ][-last:]
            assert index.past(commit(upto.commit), upto.branch, last) == {
                test: {GMAX: values, END: tuple(value // 3 for value in values)}
                for test in "abc"
                if (values := tuple(event.values[test] for event in alike if test in event.values))
            }

    def test_of_a_commit_on_two_branches_the_preferred_one_counts_else_the_newest(self) -> None:
        index = indexed(
            [Event(1, {"a": 1}, "main"), Event(2, {"a": 2}, "main", 2), Event(2, {"a": 3}, "release", 3)]
        )
        assert index.past(commit(2), "main") == {"a": {GMAX: (1, 2), END: (0, 0)}}
        assert index.past(commit(2), "release") == {"a": {GMAX: (3,), END: (1,)}}
        assert index.past(commit(2), None) == {"a": {GMAX: (3,), END: (1,)}}

    def test_an_unknown_commit_has_none(self) -> None:
        assert indexed([Event(1, {"a": 1})]).past(commit(2), "main") == {}


class TestPrune:
    def test_the_newest_stay_and_the_dropped_leave_their_values(self) -> None:
        index, dropped = prune(indexed([Event(n, {"a": n}) for n in range(5)]), keep=2, least=0)
        assert dropped == (commit(0), commit(1), commit(2))
        assert sorted(index.measured) == [commit(3), commit(4)]
        assert index.written == 200
        assert said(index) == {("main", "a"): [(commit(n), n) for n in range(5)]}

    def test_so_many_of_every_branch_stay(self) -> None:
        saves = [*(Event(n, branch="release") for n in range(3)), *(Event(n) for n in range(3, 8))]
        index, dropped = prune(indexed(saves), keep=3, least=2)
        assert sorted(index.measured) == [commit(n) for n in (1, 2, 5, 6, 7)]
        assert dropped == (commit(0), commit(3), commit(4))

    def test_no_more_bytes_than_said(self) -> None:
        index, dropped = prune(indexed([Event(n) for n in range(5)]), keep=100, most_bytes=250, least=1)
        assert sorted(index.measured) == [commit(3), commit(4)]
        assert len(dropped) == 3

    def test_saves_older_than_all_values_go_with_their_snapshot(self) -> None:
        index, _ = prune(indexed([Event(n, {"a": n}) for n in range(6)], most=2), keep=1, least=1)
        assert [save.commit for save in index.saves] == [commit(4), commit(5)]

    def test_nothing_to_drop(self) -> None:
        index = indexed([Event(n, {"a": n}) for n in range(3)])
        assert prune(index, keep=3, least=0) == (index, ())

    @given(st.lists(events, max_size=20), st.integers(0, 5), st.integers(0, 3))
    def test_it_can_be_read_and_added_to_afterwards(
        self, given_events: list[Event], keep: int, least: int
    ) -> None:
        index, dropped = prune(indexed(given_events), keep, least=least)
        assert parse(dump(index), "index.json", "none") == index
        assert len(index.measured) <= keep + 2 * least
        assert not set(dropped) & set(index.measured)
        late = Event(99, {"a": 1}, minute=99)
        again = add(index, late.snapshot, late.saving, 100)
        assert said(again) == expected(brute_force([*given_events, late]))


class TestParse:
    GOOD = dump(indexed([Event(1, {"a": 1}), Event(2, {"a": 2})])).decode()

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            (
                '"version": 1',
                '"version": 2',
                "index.json: $.version: index version 2; this leakgate reads version 1",
            ),
            ('"number":1', '"number":"x"', "index.json: $.saves[1].number: not a leakgate index: expected `int`"),
            ('"number":1', '"number":0', "its saves are not in the order of their numbers and times"),
            ("00:02:00", "00:00:00", "its saves are not in the order of their numbers and times"),
            ('02","branch"', '01","branch"', "a commit was saved twice on one branch"),
            (f'"{digest(FINGERPRINT)}":', '"f":', "a save has a fingerprint that is not listed"),
            ("[[0,1],[1,2]]", "[[1,1],[1,2]]", "the values of 'a' are not in order"),
            ("[[0,1],[1,2]]", "[[0,1],[1,-2]]", "expected `int` >= 0"),
            ('02","branch"', '02/../..","branch"', "matching regex"),
            ("Z", "", "timezone"),
            ('"key": "test",\n', "", "missing required field `key`"),
        ],
    )
    def test_what_is_wrong_with_it_and_what_to_do(self, old: str, new: str, says: str) -> None:
        assert old in self.GOOD
        with pytest.raises(InputError) as raised:
            parse(self.GOOD.replace(old, new).encode(), "index.json", "throw it away")
        assert says in str(raised.value)
        if '"version": 2' not in new:
            assert raised.value.remedy == "throw it away"

    @given(st.integers(0, len(GOOD.encode()) - 3))
    def test_one_that_is_cut_off(self, length: int) -> None:
        with pytest.raises(InputError):
            parse(self.GOOD.encode()[:length], "index.json", "throw it away")


def test_only_the_gated_metrics_have_a_history() -> None:
    taken = snapshot("a: gmax=3 end=1 total=900", commit=commit(1))
    index = add(Index(key="test"), taken, Saving(commit(1), "main", START), 100)
    assert index.series("main", "a", GMAX).values == [3]
    assert index.series("main", "a", END).values == [1]
    assert index.series("main", "a", Metric.TOTAL_BYTES).points == ()
