"""Metrics over commits: a chart of one test, a line for each of many, or all values for a program."""

import csv as csv_module
import json as json_module
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Literal

from rich.text import Text
from tabulate import tabulate

from leakgate.comparison.limits import describe
from leakgate.comparison.result import METRIC_NAMES
from leakgate.comparison.trend import Point, Step, Trend
from leakgate.reports.sparkline import sparkline
from leakgate.reports.terminal import printed
from leakgate.reports.untrusted import plain
from leakgate.reports.words import plural
from leakgate.sizes import format_count

FormatName = Literal["console", "json", "csv"]
FORMATS: tuple[FormatName, ...] = ("console", "json", "csv")

_HASH = 12
"""Digits of a commit's hash that are shown, as in the other reports."""

_TESTS_SHOWN = 30
_BARS = 30
"""In a line's trend; so many saves are shown unless asked otherwise."""

_LONGEST_BAR = 40
_SHORTEST_BAR = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"
_HEADERS = ("trend", "first", "", "last", "ratio", "stepped at", "test")
_ALIGN = ("left", "right", "left", "right", "right", "left", "left")
_COLUMNS = ("test", "metric", "commit", "branch", "time", "value", "step")
_FORMULA = ("=", "+", "-", "@")
"""What makes a spreadsheet run a cell: https://owasp.org/www-community/attacks/CSV_Injection"""


def render(trends: Sequence[Trend], form: FormatName, *, width: int = 120, color: bool = False) -> str:
    """The trends in one of `FORMATS`; for a person a chart where all are of one test, else a line for each."""
    match form:
        case "json":
            return json(trends)
        case "csv":
            return csv(trends)
        case "console":
            return console(trends, width=width, color=color)


def console(trends: Sequence[Trend], *, width: int = 120, color: bool = False) -> str:
    """For a person at a terminal, `width` columns wide, with ANSI colours on demand."""
    one = len({trend.series.test for trend in trends}) == 1
    return printed(_spaced(_charts(trends, width) if one else _overviews(trends)), width=width, color=color)


def json(trends: Sequence[Trend]) -> str:
    """All values for a program: version 1, one entry in `series` for each test and metric."""
    return json_module.dumps({"version": 1, "series": [_as_json(trend) for trend in trends]}, indent=1)


def csv(trends: Sequence[Trend]) -> str:
    r"""All values for a spreadsheet, one row a value; `step` is `yes` in the row of the commit that stepped.

    A name that a spreadsheet would run as a formula (it begins with `=`, `+`, `-` or `@`) has a `'` put in front
    of it; no test id that cargo gives begins like that. Control characters are written as `\u{…}`. JSON has names
    as they are.
    """
    out = StringIO()
    writer = csv_module.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for trend in trends:
        for point in trend.series.points:
            writer.writerow(
                (
                    _cell(trend.series.test),
                    trend.series.metric,
                    point.commit,
                    _cell(point.branch),
                    _time(point),
                    "" if point.value is None else point.value,
                    "yes" if _is_step(point, trend.step) else "",
                )
            )
    return out.getvalue()


def _spaced(blocks: Iterator[Iterator[Text]]) -> Iterator[Text]:
    """The lines of all blocks, with an empty one between two."""
    for number, block in enumerate(blocks):
        if number:
            yield Text("")
        yield from block


def _charts(trends: Sequence[Trend], width: int) -> Iterator[Iterator[Text]]:
    return (_chart(trend, width) for trend in trends)


def _chart(trend: Trend, width: int) -> Iterator[Text]:
    """The values of one test from the oldest commit to the newest, each with its bar."""
    series = trend.series
    branches = ", ".join(dict.fromkeys(plain(point.branch) for point in series.points))
    yield Text.assemble(
        (plain(series.test), "bold"),
        f"  {METRIC_NAMES[series.metric]}",
        (f"  {plural(len(series.points), 'commit')} on {branches}", "dim"),
    )
    amounts = [_amount(point.value, trend) for point in series.points]
    column = max(map(len, amounts), default=0)
    highest = max(series.values, default=0)
    remark = f"  ← stepped here: {_rise(trend.step, trend)}" if trend.step else ""
    taken = len("  ") + _HASH + len("  2026-11-02  ") + column + len("  ") + len(remark)
    longest = max(_SHORTEST_BAR, min(_LONGEST_BAR, width - taken))
    before: Point | None = None
    for point, amount in zip(series.points, amounts, strict=True):
        if before is not None and before.fingerprint != point.fingerprint:
            yield Text("  measured in another way from here on, by another compiler for example", style="yellow")
        stepped = _is_step(point, trend.step)
        line = Text.assemble(
            (f"  {point.commit[:_HASH]:{_HASH}}  {point.time:%Y-%m-%d}  ", "dim"),
            f"{amount:>{column}}  ",
            (_bar(point.value or 0, highest, longest), "red" if stepped else "cyan"),
        )
        if stepped:
            line.append(remark, style="bold red")
        yield line
        before = point
    if trend.step is None:
        yield Text(
            f"  no step: nothing rose for good by more than {describe(trend.limit, _unit(trend))}", style="dim"
        )


def _overviews(trends: Sequence[Trend]) -> Iterator[Iterator[Text]]:
    metrics = dict.fromkeys(trend.series.metric for trend in trends)
    return (_overview([trend for trend in trends if trend.series.metric == metric]) for metric in metrics)


def _overview(trends: Sequence[Trend]) -> Iterator[Text]:
    """A line for each test, the one that grew most first."""
    yield Text(METRIC_NAMES[trends[0].series.metric], style="bold")
    ordered = sorted(trends, key=lambda trend: (-growth(trend), trend.series.test))
    shown = ordered[:_TESTS_SHOWN]
    table = tabulate(
        [_row(trend) for trend in shown], _HEADERS, tablefmt="plain", colalign=_ALIGN, disable_numparse=True
    )
    header, *lines = table.split("\n")
    yield Text(f"  {header}", style="dim")
    for line, trend in zip(lines, shown, strict=True):
        yield Text(f"  {line}", style="red" if trend.step else "")
    if len(ordered) > len(shown):
        rest = ordered[len(shown) :]
        grown = sum(growth(trend) > 0 for trend in rest)
        yield Text(
            f"  and {plural(len(rest), 'more test')}, {grown or 'none'} of which grew: a part of a name shows "
            "fewer, --format csv all",
            style="dim",
        )


def growth(trend: Trend) -> int:
    """By how many bytes or blocks the last value is above the first."""
    values = trend.series.values
    return values[-1] - values[0] if values else 0


def _row(trend: Trend) -> tuple[str, ...]:
    values = trend.series.values
    first, last = (values[0], values[-1]) if values else (None, None)
    return (
        sparkline(values, _BARS),
        _amount(first, trend),
        "→",
        _amount(last, trend),
        _ratio(first, last),
        trend.step.commit[:_HASH] if trend.step else "",
        plain(trend.series.test),
    )


def _ratio(first: int | None, last: int | None) -> str:
    if first is None or last is None or first == last:
        return "–" if first is None else "="
    return _times(last / first) if first else "from 0"


def _rise(step: Step, trend: Trend) -> str:
    rise = f"{_amount(step.before, trend)} → {_amount(step.after, trend)}"
    return rise if step.ratio is None else f"{rise}, {_times(step.ratio)}"


def _times(ratio: float) -> str:
    return f"{ratio:.2f}×" if ratio < 100 else f"{ratio:,.0f}×"  # noqa: PLR2004 - 3 digits, as in the other reports


def _bar(value: int, highest: int, longest: int) -> str:
    """A bar from 0, in eighths of a column; what is more than nothing is seen."""
    if value <= 0:
        return ""
    eighths = max(1, value * longest * 8 // highest)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _amount(value: int | None, trend: Trend) -> str:
    return "–" if value is None else format_count(value, _unit(trend))


def _unit(trend: Trend) -> str:
    return "blocks" if trend.series.metric.endswith("-blocks") else "bytes"


def _is_step(point: Point, step: Step | None) -> bool:
    return step is not None and point.commit == step.commit and point.value is not None


def _as_json(trend: Trend) -> dict[str, object]:
    step = trend.step
    return {
        "test": trend.series.test,
        "metric": trend.series.metric,
        "limit": describe(trend.limit, _unit(trend)),
        "step": step and {"commit": step.commit, "before": step.before, "after": step.after, "ratio": step.ratio},
        "points": [
            {"commit": point.commit, "branch": point.branch, "time": _time(point), "value": point.value}
            for point in trend.series.points
        ],
    }


def _time(point: Point) -> str:
    return f"{point.time:%Y-%m-%dT%H:%M:%SZ}"


def _cell(text: str) -> str:
    text = plain(text, len(text) * len(r"\u{10ffff}"))  # in full
    return f"'{text}" if text.startswith(_FORMULA) else text
