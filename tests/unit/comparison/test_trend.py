"""Where a series rose for good."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.comparison.trend import Point, Series, Step, find_step, trend
from leakgate.config import Config, Limit, LimitChange, TestRule
from leakgate.dhat.profile import Metric

LIMIT = Limit(ratio=1.5, min_delta=100)
START = datetime(2026, 11, 2, tzinfo=UTC)

sizes = st.integers(0, 2**40)


def points(*values: int | None, fingerprints: str = "") -> list[Point]:
    """One point a value; the commits are `0`, `1`, …, as the letters of `fingerprints` they were measured."""
    return [
        Point(
            str(number), "main", START + timedelta(days=number), value, fingerprints[number : number + 1] or None
        )
        for number, value in enumerate(values)
    ]


def step(*values: int | None, fingerprints: str = "") -> tuple[str, int, int] | None:
    found = find_step(points(*values, fingerprints=fingerprints), LIMIT)
    return (found.commit, found.before, found.after) if found else None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1000, 1000, 4000, 4000), ("2", 1000, 4000)),
        ((1000, 4000), ("1", 1000, 4000)),
        ((0, 0, 101), ("2", 0, 101)),  # from nothing only the bytes decide
        ((1000, 1010, 990, 1005, 4000, 4100, 3900), ("4", 1000, 4000)),  # noise on both sides
        ((1000, 1000, 4000, 1000, 4000, 4000, 4000), ("2", 1000, 4000)),  # one run that came out low
        ((1000, 9000, 1000, 1000, 4000, 4000), ("4", 1000, 4000)),  # an earlier spike is not it
        ((1000, 1000, 4000, 4000, 16000, 16000, 16000), ("4", 1000, 16000)),  # the greater of two steps
        ((1000, None, None, 4000, None), ("3", 1000, 4000)),  # not measured in between
        ((1000, 2500, 4000), ("2", 1000, 4000)),  # as near to either: where it rose most
    ],
)
def test_a_step_is_the_commit_that_raised_the_values_for_good(
    values: Sequence[int | None], expected: tuple[str, int, int]
) -> None:
    assert step(*values) == expected


@pytest.mark.parametrize(
    "values",
    [
        (),
        (None, None),
        (1000,),
        (1000, 1000, 1000),
        (1000, 1000, 9000, 1000),  # a spike that went back
        (1000, 1000, 4000, 4000, 4000, 1000),  # mended by the last commit
        (1000, 1500, 1500),  # not more than 1.5×
        (10, 110, 110),  # not more than 100 bytes
        (0, 100),
        (4000, 1000),
    ],
)
def test_what_is_no_step(values: Sequence[int | None]) -> None:
    assert step(*values) is None


def test_what_a_new_compiler_adds_is_no_commits_growth() -> None:
    assert step(1000, 1000, 4000, 4000, fingerprints="aabb") is None
    assert step(1, 1, 1000, 1000, 4000, 4000, fingerprints="aabbbb") == ("4", 1000, 4000)


@given(
    before=st.lists(sizes, min_size=1, max_size=8),
    after=st.lists(sizes, min_size=1, max_size=8),
)
def test_a_clean_step_of_any_shape_is_found_where_it_is(before: list[int], after: list[int]) -> None:
    """Values before it that are alike within themselves, and values after it that are far above."""
    low = [1000 + value % 100 for value in before]
    high = [1_000_000 + value % 100 for value in after]
    found = find_step(points(*low, *high), LIMIT)
    assert found is not None
    assert found.commit == str(len(before))
    assert found.before in low
    assert found.after in high


@given(st.lists(sizes, max_size=12))
def test_every_step_would_fail_the_gate(values: list[int]) -> None:
    found = find_step(points(*values), LIMIT)
    if found is not None:
        for value in (found.after, values[int(found.commit)], values[-1]):
            assert value > found.before * 1.5
            assert value - found.before > 100


@given(st.lists(sizes, max_size=12))
def test_values_that_never_rise_have_no_step(values: list[int]) -> None:
    assert find_step(points(*sorted(values, reverse=True)), LIMIT) is None


@given(level=sizes, spike=sizes, at=st.integers(0, 8), length=st.integers(1, 8))
def test_one_value_alone_is_no_step_unless_it_is_the_last(level: int, spike: int, at: int, length: int) -> None:
    values = [level] * length
    values.insert(min(at, length - 1), spike)
    if spike >= level:
        assert find_step(points(*values), LIMIT) is None


@given(st.lists(st.integers(0, 10**6), max_size=10), st.integers(1, 50))
def test_the_unit_does_not_matter(values: list[int], factor: int) -> None:
    limit = Limit(ratio=1.5)
    one, many = find_step(points(*values), limit), find_step(points(*(v * factor for v in values)), limit)
    assert (one and (one.commit, one.before * factor, one.after * factor)) == (
        many and (many.commit, many.before, many.after)
    )


def test_the_configs_limit_tells_a_step_from_noise() -> None:
    rule = TestRule(match="s3 *", limits={Metric.T_GMAX_BYTES: LimitChange(ratio=5.0, maximum=1)})
    config = Config(tests=(rule,))
    values = tuple(points(100_000, 400_000))

    assert trend(Series("s3 put", Metric.T_GMAX_BYTES, values), config).step is None
    assert trend(Series("db put", Metric.T_GMAX_BYTES, values), config).step == Step("1", 100_000, 400_000)
    unlimited = trend(Series("s3 put", Metric.TOTAL_BYTES, values), config)
    assert (unlimited.limit, unlimited.step) == (Limit(ratio=1.5), Step("1", 100_000, 400_000))


def test_a_step_has_a_ratio_unless_it_rose_from_nothing() -> None:
    assert Step("1", 100, 250).ratio == 2.5
    assert Step("1", 0, 250).ratio is None
