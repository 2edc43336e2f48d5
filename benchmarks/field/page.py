"""The table of the field, and what there is to say of each exception."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap

from field.figures import Agreement
from field.row import Alarm, Row
from leakgate.sizes import format_size

_NAMES = 12
"""So many exceptions of one cause are named; the rest are counted."""

_UNKNOWN = "**cause not known**"

_HEADER = (
    "| crate | tests run | measured | failed only under leakgate | t-end equal | t-gmax equal | crossed once "
    "| alarms | plain | leakgate | its start | check | / plain | / one thread |\n"
    "|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


@dataclass(frozen=True, slots=True)
class _Exception:
    """What was not as it should be of one test."""

    kind: str
    test: str
    detail: str = ""


def render(rows: Sequence[Row], troubles: Mapping[str, str]) -> str:
    """The table and, below it, the exceptions of each crate.

    Args:
        rows: The crates that ran.
        troubles: The others, and what happened.
    """
    circumstances = dict.fromkeys(row.summary.circumstances for row in rows)
    return "\n\n".join([*circumstances, table(rows), *_details(rows), *starmap(_trouble, troubles.items())]) + "\n"


def _details(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        about = [f"- {row.entry.about}"] if row.entry.about else []
        about += [f"- the check judged nothing: {why}" for why in row.unjudged]
        if lines := [*about, *_exceptions(row), *(f"- leakgate's note: {note}" for note in row.notes)]:
            yield "\n".join([f"#### {row.entry.title}", "", *lines])


def _trouble(title: str, trouble: str) -> str:
    first, _, rest = trouble.partition("\n")
    return f"#### {title}\n\n**Did not run**: {first}\n\n```text\n{rest}\n```"


def table(rows: Sequence[Row]) -> str:
    """A line a crate, and the total."""
    return "\n".join([_HEADER, *(line(row) for row in rows), _total(rows)])


def line(row: Row) -> str:
    """A crate in the table."""
    t_end, t_gmax = row.figures.t_end, row.figures.t_gmax
    return _cells(
        row.entry.title,
        row.ran,
        len(row.figures.measured),
        len(row.failed_only),
        f"{t_end.equal} of {t_end.of}",
        f"{t_gmax.equal} of {t_gmax.of}",
        _tests(row.crossed),
        "–" if row.unjudged else _tests(row.alarms),
        f"{row.summary.plain:.1f} s",
        f"{row.summary.leakgate:.1f} s",
        f"{row.summary.start:.1f} s",
        f"{row.summary.check:.1f} s",
        f"{row.summary.leakgate / row.summary.plain:.2f}×",
        f"{row.summary.leakgate / row.summary.one_thread:.2f}×",
    )


def _total(rows: Sequence[Row]) -> str:
    plain, one_thread, leakgate, start, check = (
        sum(getattr(row.summary, way) for row in rows) or 1.0
        for way in ("plain", "one_thread", "leakgate", "start", "check")
    )
    return _cells(
        f"**{len(rows)} crates**",
        sum(row.ran for row in rows),
        sum(len(row.figures.measured) for row in rows),
        sum(len(row.failed_only) for row in rows),
        _sum(row.figures.t_end for row in rows),
        _sum(row.figures.t_gmax for row in rows),
        sum(_tests(row.crossed) for row in rows),
        sum(_tests(row.alarms) for row in rows),
        f"{plain:.1f} s",
        f"{leakgate:.1f} s",
        f"{start:.1f} s",
        f"{check:.1f} s",
        f"{leakgate / plain:.2f}×",
        f"{leakgate / one_thread:.2f}×",
    )


def _tests(alarms: Iterable[Alarm]) -> int:
    return len({alarm.test for alarm in alarms})


def _sum(agreements: Iterable[Agreement]) -> str:
    each = list(agreements)
    return f"{sum(one.equal for one in each)} of {sum(one.of for one in each)}"


def _cells(*values: object) -> str:
    return f"| {' | '.join(map(str, values))} |"


def _found(row: Row) -> Iterator[_Exception]:
    figures = row.figures
    yield from (_Exception("failed", test) for test in row.failed_only)
    yield from (_Exception("unmeasured", test) for test in row.unmeasured)
    yield from (_Exception("unmeasured", test, "in one of the runs") for test in sorted(figures.once))
    for kind, agreement in (("t-end", figures.t_end), ("t-gmax", figures.t_gmax)):
        for one in agreement.differing:
            yield _Exception(kind, one.test, f"{format_size(one.first)}, {format_size(one.second)}")
    for kind, alarms in (("crossed", row.crossed), ("alarm", row.alarms)):
        for alarm in alarms:
            detail = f"{alarm.metric} {format_size(alarm.base)} → {format_size(alarm.head)}"
            yield _Exception(kind, alarm.test, detail)


_TITLES = {
    "failed": "failed only under leakgate",
    "unmeasured": "ran, not measured",
    "t-end": "t-end differs",
    "t-gmax": "t-gmax differs",
    "crossed": "crosses a limit once",
    "alarm": "alarm",
}


def _exceptions(row: Row) -> Iterator[str]:
    """A line for each kind of exception and each of its causes."""
    if row.failed_plain:
        names = ", ".join(f"`{test}`" for test in row.failed_plain)
        yield f"- fails without leakgate too, {len(row.failed_plain)}: {names}"
    groups: dict[tuple[str, str], list[_Exception]] = {}
    for one in _found(row):
        cause = row.entry.cause(one.kind, one.test) or _UNKNOWN
        groups.setdefault((one.kind, cause), []).append(one)
    for (kind, cause), found in groups.items():
        names = ", ".join(
            f"`{one.test}` ({one.detail})" if one.detail else f"`{one.test}`" for one in found[:_NAMES]
        )
        more = f" and {len(found) - _NAMES} more" if len(found) > _NAMES else ""
        yield f"- {_TITLES[kind]}, {len(found)}: {cause}. {names}{more}"
