"""Metrics over commits, as a person and as a program reads them."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import starmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.comparison.trend import Point, Series, Trend, trend
from leakgate.config import DEFAULT
from leakgate.dhat.profile import Metric
from leakgate.reports import timeline

GMAX, END = Metric.T_GMAX_BYTES, Metric.T_END_BYTES
START = datetime(2026, 10, 30, 9, 30, 5, tzinfo=UTC)


def point(number: int, value: int | None, fingerprint: str | None = None) -> Point:
    return Point(f"{number:x}" * 40, "main", START + timedelta(days=number), value, fingerprint)


def trend_of(test: str, metric: Metric, *values: int | None) -> Trend:
    return trend(Series(test, metric, tuple(starmap(point, enumerate(values, 1)))), DEFAULT)


STEPPED = trend_of("shop::api upload", GMAX, 12288, 12288, None, 12300, 40960, 41000)
FLAT = trend_of("shop::api upload", END, 0, 0, None, 0, 0, 64)
TWO_OTHERS = [
    trend_of("shop tests::list", GMAX, 2**21, 2**21, 2**21, 2**21, 2**21, 2**21),
    trend_of("shop tests::gone", GMAX, 5000, 4000, None, None),
]


def test_one_test_is_a_chart_of_each_metric() -> None:
    assert (
        timeline.console([STEPPED, FLAT], width=100)
        == """\
shop::api upload  t-gmax  6 commits on main
  111111111111  2026-10-31     12 KiB  ██████▎
  222222222222  2026-11-01     12 KiB  ██████▎
  333333333333  2026-11-02          –
  444444444444  2026-11-03  12.01 KiB  ██████▎
  555555555555  2026-11-04     40 KiB  ████████████████████▉  ← stepped here: 12 KiB → 40 KiB, 3.33×
  666666666666  2026-11-05  40.04 KiB  █████████████████████

shop::api upload  t-end  6 commits on main
  111111111111  2026-10-31   0 B
  222222222222  2026-11-01   0 B
  333333333333  2026-11-02     –
  444444444444  2026-11-03   0 B
  555555555555  2026-11-04   0 B
  666666666666  2026-11-05  64 B  ████████████████████████████████████████
  no step: nothing rose for good by more than 1.5× and +64 B
"""
    )


def test_a_chart_fits_a_narrow_terminal_and_says_where_it_was_measured_otherwise() -> None:
    points = tuple(point(number, value, how) for number, value, how in [(1, 900, "old"), (2, 70, "new")])
    chart = timeline.console([trend(Series("shop put", Metric.T_END_BLOCKS, points), DEFAULT)], width=60)
    assert (
        chart
        == """\
shop put  t-end blocks  2 commits on main
  111111111111  2026-10-31  900 blocks  ████████████████████
  measured in another way from here on, by another compiler for example
  222222222222  2026-11-01   70 blocks  █▌
  no step: nothing rose for good by more than 1.5×
"""
    )


def test_many_tests_are_a_line_each_the_one_that_grew_most_first() -> None:
    assert (
        timeline.console([*TWO_OTHERS, STEPPED, FLAT])
        == """\
t-gmax
  trend       first           last    ratio  stepped at    test
  ▃▃▃██      12 KiB  →   40.04 KiB    3.34×  555555555555  shop::api upload
  ██████      2 MiB  →       2 MiB        =                shop tests::list
  █▇       4.88 KiB  →    3.91 KiB    0.80×                shop tests::gone

t-end
  trend      first        last    ratio  stepped at    test
  ▁▁▁▁█        0 B  →     64 B   from 0                shop::api upload
"""
    )


def test_very_many_tests_are_counted() -> None:
    trends = [trend_of(f"shop t{number:03}", GMAX, 1000, 1000 + number // 40) for number in range(100)]
    shown = timeline.console(trends).splitlines()
    assert len(shown) == 1 + 1 + 30 + 1
    assert shown[2].endswith("shop t080")
    assert shown[-1] == ("  and 70 more tests, 30 of which grew: a part of a name shows fewer, --format csv all")


def test_colour_is_for_what_stepped() -> None:
    assert "\x1b[1;31m  ← stepped here" in timeline.console([STEPPED], color=True)
    assert "\x1b[31m" not in timeline.console([FLAT], color=True)


def test_json_has_every_value_and_the_step() -> None:
    parsed = json.loads(timeline.json([STEPPED, FLAT]))
    assert parsed["version"] == 1
    stepped, flat = parsed["series"]
    assert (stepped["test"], stepped["metric"]) == ("shop::api upload", "t-gmax-bytes")
    assert stepped["limit"] == "1.5× and +4 KiB"
    assert stepped["step"] == {"commit": "5" * 40, "before": 12288, "after": 40960, "ratio": 40960 / 12288}
    assert stepped["points"][1:3] == [
        {"commit": "2" * 40, "branch": "main", "time": "2026-11-01T09:30:05Z", "value": 12288},
        {"commit": "3" * 40, "branch": "main", "time": "2026-11-02T09:30:05Z", "value": None},
    ]
    assert flat["step"] is None


def test_csv_has_a_row_for_every_value() -> None:
    assert (
        timeline.csv([trend_of("shop put", GMAX, 1000, None, 9000)])
        == f"""\
test,metric,commit,branch,time,value,step
shop put,t-gmax-bytes,{"1" * 40},main,2026-10-31T09:30:05Z,1000,
shop put,t-gmax-bytes,{"2" * 40},main,2026-11-01T09:30:05Z,,
shop put,t-gmax-bytes,{"3" * 40},main,2026-11-02T09:30:05Z,9000,yes
"""
    )


def test_a_control_character_does_not_break_a_row() -> None:
    [_, row] = csv.reader(StringIO(timeline.csv([trend_of("\r=1\n,2", GMAX, 1)]), newline=""))
    assert row[0] == r"\u{d}=1\u{a},2"


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)"])
def test_no_name_is_a_formula_in_a_spreadsheet(name: str) -> None:
    [_, row] = csv.reader(StringIO(timeline.csv([trend_of(name, GMAX, 1)]), newline=""))
    assert row[0] == f"'{name}"


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.lists(st.none() | st.integers(0, 2**60), min_size=1))
def test_any_name_and_any_value_can_be_printed_and_read_back(name: str, values: list[int | None]) -> None:
    points = tuple(Point("a" * 40, name, START, value) for value in values)
    found = trend(Series(name, GMAX, points), DEFAULT)

    chart = timeline.console([found])
    assert chart.count("\n") == 1 + len(values) + (found.step is None)
    assert chart.isprintable() or set(filter(lambda c: not c.isprintable(), chart)) == {"\n"}
    rows = list(csv.reader(StringIO(timeline.csv([found]), newline="")))[1:]
    assert [row[5] for row in rows] == ["" if value is None else str(value) for value in values]
    assert [entry["value"] for entry in json.loads(timeline.json([found]))["series"][0]["points"]] == values
