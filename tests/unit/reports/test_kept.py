"""The list of baselines, for people and for programs."""

import json
from datetime import UTC, datetime, timedelta, timezone

from leakgate.reports.kept import FORMATS, Kept

TWO = (
    Kept(
        key="Linux, stable",
        commit="b" * 40,
        branch="release/1.2",
        time=datetime(2026, 5, 2, 1, 30, tzinfo=timezone(timedelta(hours=2))),
        bytes=12_345,
    ),
    Kept(key="macos", commit="a" * 40, branch="main", time=datetime(2026, 4, 30, 9, 5, tzinfo=UTC), bytes=980),
)


def test_a_table() -> None:
    assert (
        FORMATS["console"](TWO)
        == """\
key            commit        branch       saved (UTC)            size
Linux, stable  bbbbbbbbbbbb  release/1.2  2026-05-01 23:30  12.06 KiB
macos          aaaaaaaaaaaa  main         2026-04-30 09:05      980 B

2 in all, 13.01 KiB
"""
    )


def test_nothing() -> None:
    assert FORMATS["console"](()) == "no baselines\n"
    assert json.loads(FORMATS["json"](())) == []


def test_a_branchs_name_moves_no_cursor() -> None:
    odd = Kept(
        key="\x1b[2J",
        commit="a" * 40,
        branch="\x1b[2Jmain\n\u202e",
        time=datetime(2026, 4, 30, tzinfo=UTC),
        bytes=1,
    )
    text = FORMATS["console"]((odd,))
    assert len(text.splitlines()) == 4
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_json_has_everything_whole() -> None:
    assert json.loads(FORMATS["json"](TWO)) == [
        {
            "key": "Linux, stable",
            "commit": "b" * 40,
            "branch": "release/1.2",
            "time": "2026-05-02T01:30:00+02:00",
            "bytes": 12345,
        },
        {"key": "macos", "commit": "a" * 40, "branch": "main", "time": "2026-04-30T09:05:00Z", "bytes": 980},
    ]
