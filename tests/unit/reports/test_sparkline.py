import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.reports.sparkline import LONGEST, sparkline


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([0, 0, 0], "▁▁▁"),
        ([7], "█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([7, 0], "█▁"),
        ([100, 100, 450], "▃▃█"),
        ([14_685, 14_685, 14_712, 446_828], "▁▁▁█"),
        ([100_000, 100_003, 99_998], "███"),
        ([10**30, 2 * 10**30, 4 * 10**30], "▃▅█"),
        ([-5, -1], "▁▁"),
        ([*range(50), *[9] * 12, 0], "████████████▁"),
    ],
)
def test_bars(values: list[int], bars: str) -> None:
    assert sparkline(values) == bars


@given(st.lists(st.integers(), max_size=30))
def test_a_higher_value_never_has_a_lower_bar(values: list[int]) -> None:
    bars = sparkline(values)
    drawn = values[-LONGEST:]
    assert len(bars) == len(drawn)
    assert [bar for _, bar in sorted(zip(drawn, bars, strict=True))] == sorted(bars)


def test_more_bars_where_there_is_room() -> None:
    assert sparkline([*range(40)], 20) == sparkline([*range(40)][-20:], 40)
    assert len(sparkline([*range(40)], 20)) == 20
