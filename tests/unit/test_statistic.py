import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.statistic import Statistic, chosen


@pytest.mark.parametrize(
    ("statistic", "values", "index"),
    [
        (Statistic.LAST, [5, 9, 7], 2),
        (Statistic.MEDIAN, [9, 5, 7], 2),
        (Statistic.MEDIAN, [9, 5, 7, 6], 3),
        (Statistic.MEDIAN, [7, 7, 7], 2),
        (Statistic.MAX, [5, 9, 7, 9, 1], 3),
        (Statistic.P99, [*range(50, 0, -1)], 0),
        (Statistic.P99, [*range(100)], 98),
        (Statistic.P99, [*range(200)], 197),
    ],
)
def test_the_run_that_stands_for_all(statistic: Statistic, values: list[int], index: int) -> None:
    assert chosen(values, statistic) == index


@given(st.lists(st.integers(0, 9), min_size=1, max_size=300), st.sampled_from(Statistic))
def test_of_runs_that_are_all_alike_the_last_one_is_chosen(values: list[int], statistic: Statistic) -> None:
    assert chosen([values[0] for _ in values], statistic) == len(values) - 1
    index = chosen(values, statistic)
    assert values[index] not in values[index + 1 :]


@given(st.lists(st.integers(0, 99), min_size=1, max_size=99))
def test_below_a_hundred_runs_p99_is_the_maximum(values: list[int]) -> None:
    assert chosen(values, Statistic.P99) == chosen(values, Statistic.MAX)
